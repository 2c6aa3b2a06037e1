/** @file One line that offers the next thing to try; it ticks itself off when it is done, and × ends it for good. */
import { Check, X } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from '../kit/Button';
import { useCompare } from '../state/compare';
import { currentHint, endHints, hintNames, tick, useHints } from '../state/hints';
import { useKeyWords } from '../state/key-map';
import { isReplay } from '../state/replay';
import { useRuns } from '../state/runs';
import { useUi } from '../state/store';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

const words = playWords.coach;

export function Coach() {
  const hint = useHints(currentHint);
  const keyed = useKeyWords();
  const done = useHints((state) => state.done);
  const step = useUi((state) => state.step);
  const replay = useUi(isReplay);
  // The first group is there to be looked at; before it there is nothing to try.
  const possible = useUi((state) => state.groups.length > 0);
  // Whoever opens the runs or compares them has found both.
  const forks = useRuns((state) => state.isShown);
  const compares = useCompare((state) => state.isShown);
  useEffect(() => {
    if (forks || compares) tick('fork');
  }, [forks, compares]);
  // Where nothing trains, nothing forks.
  if (!hint || (replay && hint === 'fork')) return null;
  const isEarly = hint !== 'token' && step === 0;
  return (
    // Its place is kept until then, so that nothing moves when it speaks.
    <aside
      className={styles.coach}
      aria-label={words.label}
      hidden={!possible}
      data-testid="coach"
      data-part="coach"
      data-hint={hint}
    >
      <span className={styles.ticks} aria-hidden="true">
        {hintNames.map((name) =>
          done.includes(name) ? (
            <Check key={name} size={14} />
          ) : (
            <span key={name} className={name === hint ? styles.now : styles.later} />
          ),
        )}
      </span>
      <p>
        {words.try} {isEarly ? words.wait : keyed(words.hints[hint])}
      </p>
      <Button size="icon" look="quiet" aria-label={words.end} title={words.end} onClick={endHints}>
        <X size={14} aria-hidden="true" />
      </Button>
    </aside>
  );
}

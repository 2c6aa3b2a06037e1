/** @file What is on screen was recorded: when, on what and by which commit; its place in time, and how fast it plays. */
import { useEffect, useState } from 'react';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { Slider } from '../kit/Slider';
import { seek, setPace } from '../state/commands';
import { dayOf, type Pace, paces } from '../state/replay';
import { setUi, useUi } from '../state/store';
import { replayStrings as words } from '../strings-replay';
import styles from './replay.module.css';

export function ReplayBar() {
  const recording = useUi((state) => state.recording);
  const step = useUi((state) => state.step);
  const preset = useUi((state) => state.config.preset);
  const seed = useUi((state) => state.config.seed);
  const pace = useUi((state) => state.pace);
  const untrainable = useUi((state) => state.untrainable);
  // Where the slider was moved to, until the recording stands there.
  const [target, setTarget] = useState<number | null>(null);
  useEffect(() => {
    if (target === step) setTarget(null);
  }, [target, step]);
  if (!recording) return null;
  const place = target ?? step;
  const go = (next: number) => {
    setTarget(next);
    // The answer may come before the events it follows: the slider waits for these.
    seek(next).then(
      (reached) => setTarget((last) => (last === reached ? last : null)),
      () => setTarget(null),
    );
  };
  const { adapterClass, begun, commit, lastStep } = recording;
  const [, adapter = ''] = /^(?:soft|hard)ware: (.*)$/.exec(adapterClass) ?? [];
  const facts = [
    adapter === '' ? words.made.onUnknown : words.made.on(adapter.split(':')[0]),
    words.made.date(dayOf(begun)),
    words.made.commit(commit || '–'),
    words.made.settings(preset, seed),
  ];
  return (
    <section className={styles.bar} aria-label={words.region} data-testid="replay-bar">
      <b className={styles.badge}>{words.badge}</b>
      <p className={styles.words} data-testid="replay-label">
        <b>{words.label}</b>{' '}
        <span className="data" title={adapter}>
          {facts.join(' · ')}
        </span>
        {adapterClass.startsWith('software') && (
          <>
            {' '}
            <b className={styles.software} title={words.softwareTitle}>
              {words.software}
            </b>
          </>
        )}
      </p>
      <div className={styles.place}>
        <Slider
          label={words.step}
          value={place}
          min={0}
          max={lastStep}
          step={1}
          valueText={words.stepOf(place, lastStep)}
          testId="replay-step"
          onChange={go}
        />
        <span className="data">{words.stepOf(place, lastStep)}</span>
      </div>
      <select
        className={kit.select}
        aria-label={words.pace}
        title={words.paceTitle}
        value={pace}
        data-testid="replay-pace"
        onChange={(event) => {
          const next = event.target.value as Pace;
          setUi({ pace: next });
          setPace(paces[next]);
        }}
      >
        {(Object.keys(paces) as Pace[]).map((name) => (
          <option key={name} value={name}>
            {words.paces[name]}
          </option>
        ))}
      </select>
      {!untrainable && (
        <Button onClick={leave} data-testid="replay-leave">
          {words.leave}
        </Button>
      )}
    </section>
  );
}

/** The page of a run that trains: the address without the recording, opened anew. */
function leave(): void {
  const query = new URLSearchParams(location.search);
  query.delete('replay');
  location.assign(`${location.pathname}?${query}`);
}

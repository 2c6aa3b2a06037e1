/** @file In place of the first answers: how far opening is, or the Start button with the reason why it waits. */
import { Play } from 'lucide-react';
import { Button } from '../kit/Button';
import { ResumeHere, ResumeOther } from '../runs/StoredOffer';
import { start } from '../state/commands';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './group.module.css';
import { openingWords } from './opening-words';
import panel from './panel.module.css';

export function StartHere() {
  const state = useUi((ui) => ui.state);
  const wait = useUi((ui) => ui.wait);
  const opening = useUi((ui) => ui.opening);
  const step = useUi((ui) => ui.step);
  const name = useUi((ui) => ui.name);
  if (state === 'opening') {
    return (
      <div className={panel.empty} data-testid="loading">
        <p>{openingWords(opening)}</p>
      </div>
    );
  }
  const canStart = state === 'ready' || (state === 'paused' && wait === null);
  if (canStart && step > 0) return <ResumeHere step={step} name={name} />;
  return (
    <div className={panel.empty}>
      {canStart ? (
        <>
          <Button look="primary" size="large" onClick={start} data-testid="start-here">
            <Play size={18} aria-hidden="true" />
            {strings.wait.start}
          </Button>
          <p className={styles.start} data-testid="wait-reason">
            {wait && wait !== 'stored' ? strings.wait[wait] : strings.wait.ready}
          </p>
          <ResumeOther />
        </>
      ) : (
        <p>{state === 'none' ? strings.state.none : strings.group.empty}</p>
      )}
    </div>
  );
}

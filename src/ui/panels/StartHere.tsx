/** @file In place of the first answers: how far opening is, or the Start button with the reason why it waits. */
import { Film, Play } from 'lucide-react';
import { Button } from '../kit/Button';
import { ResumeHere, ResumeOther } from '../runs/StoredOffer';
import { watch } from '../state/boot';
import { start } from '../state/commands';
import type { WaitReason } from '../state/model';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { replayStrings } from '../strings-replay';
import styles from './group.module.css';
import { openingWords } from './opening-words';
import panel from './panel.module.css';
import { StepTime } from './StepTime';

export function StartHere() {
  const state = useUi((ui) => ui.state);
  const wait = useUi((ui) => ui.wait);
  const opening = useUi((ui) => ui.opening);
  const step = useUi((ui) => ui.step);
  const name = useUi((ui) => ui.name);
  const recording = useUi((ui) => ui.recording);
  const preset = useUi((ui) => ui.config.preset);
  if (recording) return <PlayHere />;
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
          {wait === 'software' && <WatchButton look="primary" />}
          <Button
            look={wait === 'software' ? 'plain' : 'primary'}
            size="large"
            onClick={start}
            data-testid="start-here"
          >
            <Play size={18} aria-hidden="true" />
            {wait === 'software' ? strings.wait.slowly : strings.wait.start}
          </Button>
          <p className={styles.start} data-testid="wait-reason">
            {reasonWords(wait, preset)}
            <StepTime />
          </p>
          <ResumeOther />
        </>
      ) : (
        <p>{state === 'none' ? strings.state.none : strings.group.empty}</p>
      )}
    </div>
  );
}

function reasonWords(wait: WaitReason | null, preset: string): string {
  if (wait === 'software') return strings.wait.software(preset);
  return wait && wait !== 'stored' ? strings.wait[wait] : strings.wait.ready;
}

/** The way to the recorded run that comes with the page. */
export function WatchButton({ look }: { look: 'plain' | 'primary' }) {
  return (
    <Button look={look} size="large" onClick={() => watch({ kind: 'shipped' })} data-testid="watch-replay">
      <Film size={18} aria-hidden="true" />
      {replayStrings.watch}
    </Button>
  );
}

/** Before the first step of a recorded run, or at one whose tokens it does not hold. */
function PlayHere() {
  const step = useUi((ui) => ui.step);
  const wait = useUi((ui) => ui.wait);
  const words = replayStrings.wait;
  if (step > 0)
    return (
      <p className={panel.empty} data-testid="no-tokens">
        {replayStrings.noTokens(step)}
      </p>
    );
  return (
    <div className={panel.empty}>
      <Button look="primary" size="large" onClick={start} data-testid="start-here">
        <Play size={18} aria-hidden="true" />
        {words.play}
      </Button>
      <p className={styles.start} data-testid="wait-reason">
        {wait === 'motion' ? `${words.motion} ${words.why}` : words.why}
      </p>
    </div>
  );
}

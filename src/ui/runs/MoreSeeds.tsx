/** @file The way from one seed to a verdict: trains the pair on screen with further seeds, and says how far that is. */
import type { ComparedRuns } from '../../../workers/runs-protocol';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { pause } from '../state/commands';
import { canSeed, moreSeeds, runMoreSeeds, useCompare } from '../state/compare';
import { isReplay } from '../state/replay';
import { medianStepSeconds } from '../state/step-time';
import { useUi } from '../state/store';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';

const words = runStrings.compare.seeds;

export function MoreSeeds({ runs }: { runs: ComparedRuns }) {
  const seeding = useCompare((state) => state.seeding);
  const state = useUi((ui) => ui.state);
  const replay = useUi(isReplay);
  const documentId = useUi((ui) => ui.document?.id);
  const seconds = useUi((ui) => medianStepSeconds(ui.history));
  if (seeding) {
    const { pair, pairs, seed, step, steps } = seeding;
    return (
      <span className={styles.bar}>
        <output className="data" data-testid="seeds-progress">
          {words.progress(pair, pairs, seed, step, steps)}
        </output>
        <Button onClick={() => pause()} data-testid="seeds-stop">
          {words.stop}
        </Button>
      </span>
    );
  }
  const isIdle = state === 'ready' || state === 'paused' || state === 'running';
  if (replay || !isIdle || !canSeed(runs, documentId)) return null;
  const steps = runs.lastCommon ?? 0;
  // Both runs of each pair make every step.
  const all = seconds === null ? null : 2 * steps * moreSeeds * seconds;
  return (
    <span className={styles.bar}>
      <Button
        title={words.title(steps, all === null ? null : duration(all))}
        onClick={() => void runMoreSeeds(runs)}
        data-testid="more-seeds"
      >
        {words.more(moreSeeds)}
      </Button>
    </span>
  );
}

function duration(seconds: number): string {
  return seconds < 90 ? `${fixed(seconds, 0)} s` : `${fixed(seconds / 60, 0)} min`;
}

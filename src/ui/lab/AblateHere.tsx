/** @file A small ablation grid trained in this tab: how large, how far, and the way to stop it. */
import { Square } from 'lucide-react';
import { useMemo, useState } from 'react';
import { type AblationCell, ablationGrid } from '../../run/ablation-grid';
import type { RunConfig } from '../../run/config';
import { Button } from '../kit/Button';
import { NumberField } from '../kit/NumberField';
import panel from '../panels/panel.module.css';
import { hasEngine } from '../state/attention';
import { pause } from '../state/commands';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { ablateWords as words } from '../strings-ablate';
import { trainAblation, useAblation } from './ablation-store';
import styles from './lab.module.css';

const samples = 2;
/** Steps whose time is expected of the next ones. */
const recentSteps = 10;

export function AblateHere() {
  const config = useConfig();
  const replay = useUi(isReplay);
  const possible = useUi(hasEngine) && !replay;
  const history = useUi((state) => state.history);
  const training = useAblation((state) => state.training);
  const [size, setSize] = useState({ seeds: 2, steps: 20, questions: 8 });
  const seeds = useMemo(() => Array.from({ length: size.seeds }, (_, i) => i + 1), [size.seeds]);
  const cells = useMemo(() => cellsOf(config, seeds, size.steps), [config, seeds, size.steps]);
  const recent = history.slice(-recentSteps).map(({ metrics }) => metrics['perf/time_per_step'] ?? 0);
  const seconds = recent.reduce((sum, value) => sum + value, 0) / Math.max(1, recent.length);
  const minutes = (cells.reduce((sum, { steps }) => sum + steps, 0) * seconds) / 60;
  const field = (name: keyof typeof size, max: number) => (
    <span className={styles.bar}>
      <span className={styles.muted}>{words.fields[name]}</span>
      <NumberField
        label={words.fields[name]}
        value={size[name]}
        min={1}
        max={max}
        step={1}
        testId={`ablate-${name}`}
        onCommit={(value) => setSize({ ...size, [name]: Math.max(1, Math.min(max, Math.round(value))) })}
      />
    </span>
  );
  const progress = training?.progress;
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="ablate-here"
      data-testid="ablate-here"
    >
      <div className={panel.head}>
        <h2 id="ablate-here">{words.here}</h2>
        {field('seeds', 5)}
        {field('steps', 500)}
        {field('questions', 64)}
        <Button
          disabled={!possible || training !== null || cells.length === 0}
          data-testid="ablate-train"
          onClick={() => void trainAblation({ seeds, steps: size.steps, questions: size.questions, samples })}
        >
          {words.train(cells.length)}
        </Button>
        {training && (
          <Button onClick={() => pause()} data-testid="ablate-stop">
            <Square size={12} aria-hidden="true" />
            {words.stop}
          </Button>
        )}
      </div>
      <div className={styles.body}>
        {training ? (
          <p className="data" role="status" data-testid="ablate-progress">
            {progress
              ? words.progress(
                  progress.cell,
                  progress.cells,
                  progress.name,
                  progress.seed,
                  progress.step,
                  progress.steps,
                )
              : words.begins}
          </p>
        ) : (
          seconds > 0 && <p className={styles.muted}>{words.about(minutes)}</p>
        )}
        <p className={styles.muted}>{replay ? words.recorded : words.hereNote}</p>
      </div>
    </section>
  );
}

/** None where a level does not go together with the settings; the command says why. */
function cellsOf(config: RunConfig, seeds: readonly number[], steps: number): readonly AblationCell[] {
  try {
    return ablationGrid(config, seeds, steps).cells;
  } catch {
    return [];
  }
}

/**
 * @file Warm-up → stage 1 → stage 2 …: width = steps, diamonds = evaluations, flags = checkpoints, a line where the run
 * is. Edges that are still ahead can be moved.
 */
import type { MouseEvent } from 'react';
import { fixed, percent } from '../format';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import styles from './lab.module.css';
import { goToStep } from './rollouts-store';
import { StageEdge } from './StageEdge';
import { edgeRange } from './stage-edit';
import { useCheckpoints } from './stored-checkpoints';
import type { TimelineStage } from './timeline-model';

const words = curriculumStrings;

interface TimelineProps {
  stages: readonly TimelineStage[];
  /** The end of a stage under a pointer that holds it; null when it is let go. */
  onPreview(edge: { index: number; steps: number } | null): void;
  onCommit(edge: { index: number; steps: number }): void;
}

export function Timeline({ stages, onPreview, onCommit }: TimelineProps) {
  const step = useUi((state) => state.step);
  const share = useUi((state) => state.config['pool.share']);
  const picked = useView((state) => state.step);
  const total = stages.reduce((sum, { width }) => sum + width, 0);
  // A stage of few steps beside a long one stays readable.
  const columns = stages.map(({ width }) => `minmax(120px, ${fixed((width / total) * 100, 1)}fr)`).join(' ');
  // A run without a warm-up of its own begins with the shipped policy’s.
  const isShipped = stages[0]?.kind === 'rl';
  const current = stages.findLast(({ done }) => done > 0) ?? stages[0];
  const checkpoints = useCheckpoints();
  return (
    <figure data-testid="timeline">
      <div
        className={curriculum.track}
        style={{ gridTemplateColumns: isShipped ? `86px ${columns}` : columns }}
      >
        {isShipped && (
          <div className={curriculum.warmup} title={words.warmupTitle}>
            {words.warmup}
          </div>
        )}
        {stages.map((stage) => {
          // Nothing is earlier than the first stage of RL.
          const isFirst = stages.findIndex(({ kind }) => kind === 'rl') === stage.index;
          const own = stage.kind === 'sft' || isFirst ? 0 : (stage.share ?? share);
          const jump = (event: MouseEvent<HTMLButtonElement>) => {
            const box = event.currentTarget.getBoundingClientRect();
            const part = event.detail === 0 ? 1 : (event.clientX - box.left) / box.width;
            const wanted = (stage.from ?? 1) + Math.floor(part * stage.width);
            if (stage.done > 0) goToStep(Math.min(step, (stage.from ?? 1) + stage.done - 1, wanted));
          };
          const range = edgeRange(stages, stage.index);
          return (
            <div key={stage.index} className={curriculum.cell}>
              <button
                type="button"
                className={curriculum.stage}
                aria-current={stage === current && stage.done > 0 ? 'step' : undefined}
                disabled={stage.done === 0}
                data-testid="timeline-stage"
                onClick={jump}
              >
                <span
                  className={curriculum.done}
                  style={{ inlineSize: percentWidth(stage.done, stage.width) }}
                />
                <span className={curriculum.words}>
                  <b>{stage.name}</b>
                  <span className="data">{words.range(stage.lengths.over, stage.lengths.max)}</span>
                  <span className="data">{words.steps(stage.done, stage.planned)}</span>
                  {own > 0 && <span className="data">{words.share(percent(own, 0))}</span>}
                </span>
                {stage.evaluations.map((at) => (
                  <Flag key={at} at={at} width={stage.width} sign="◆" title={words.evaluation} />
                ))}
                {checkpoints
                  .filter((at) => inside(stage, at))
                  .map((at) => (
                    <Flag
                      key={at}
                      at={at - (stage.from ?? 0)}
                      width={stage.width}
                      sign="⚑"
                      title={words.checkpointAt(at)}
                    />
                  ))}
                {picked !== null && inside(stage, picked) && (
                  <span
                    className={curriculum.picked}
                    style={{ insetInlineStart: percentWidth(picked - (stage.from ?? 0) + 0.5, stage.width) }}
                  />
                )}
              </button>
              {range && stage.planned !== null && (
                <StageEdge
                  name={stage.name}
                  steps={stage.planned}
                  range={range}
                  behind={range.shared ? (stages[stage.index + 1]?.planned ?? 0) : 0}
                  onPreview={(steps) => onPreview(steps === null ? null : { index: stage.index, steps })}
                  onCommit={(steps) => onCommit({ index: stage.index, steps })}
                />
              )}
            </div>
          );
        })}
      </div>
      <figcaption className={styles.muted}>
        {words.timeline(stages.length, current?.name ?? '')} {words.now(step)} · {words.legend}
        <span className="unseen"> {words.checkpoints(checkpoints)}</span>
      </figcaption>
    </figure>
  );
}

interface FlagProps {
  at: number;
  width: number;
  sign: string;
  title: string;
}

function Flag({ at, width, sign, title }: FlagProps) {
  return (
    <span
      className={curriculum.flag}
      style={{ insetInlineStart: percentWidth(at + 0.5, width) }}
      title={title}
      aria-hidden="true"
    >
      {sign}
    </span>
  );
}

function inside({ from, done }: TimelineStage, step: number): boolean {
  return from !== null && step >= from && step < from + done;
}

function percentWidth(part: number, whole: number): string {
  return `${Math.min(100, (part / whole) * 100)}%`;
}

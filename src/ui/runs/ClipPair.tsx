/** @file The clip plots of both runs at one step, side by side on the same axes, each with its own bounds and tokens. */
import { useMemo } from 'react';
import type { ComparedClip } from '../../../workers/runs-protocol';
import { fixed, percent } from '../format';
import { shownObjective } from '../panels/answer-terms';
import { ClipPlot } from '../panels/ClipPlot';
import { type Axes, axesFor, points } from '../panels/clip-geometry';
import { predictClip, storedTokens } from '../panels/clip-prediction';
import { useCompare } from '../state/compare';
import { strings } from '../strings';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';

const words = runStrings.compare.clips;

export function ClipPair() {
  const clips = useCompare((state) => state.clips);
  const step = useCompare((state) => state.questionsOf);
  const axes = useMemo(() => clips && sharedAxes(clips), [clips]);
  if (!clips || !axes || step === null) return null;
  return (
    <section aria-label={words.title(step)} className={styles.clips}>
      {clips.map((clip, side) => {
        const name = side === 0 ? 'A ●' : 'B ▲';
        return (
          <figure key={name} className={styles.figure} data-testid="compared-clip">
            {clip ? (
              <Clip name={name} clip={clip} step={step} axes={axes} />
            ) : (
              <figcaption>
                <b>{name}</b> <span className={styles.muted}>{words.none(step)}</span>
              </figcaption>
            )}
          </figure>
        );
      })}
    </section>
  );
}

interface ClipProps {
  name: string;
  clip: ComparedClip;
  step: number;
  axes: Axes;
}

function Clip({ name, clip: { config, groups, updates }, step, axes }: ClipProps) {
  const objective = useMemo(() => shownObjective(config), [config]);
  const stored = useMemo(() => storedTokens(groups, step), [groups, step]);
  // The last update has moved furthest; a step can end before all that its batch allows.
  const last = stored.answers.reduce((most, { update }) => Math.max(most, update), 0);
  const dots = useMemo(() => points(stored, last, objective), [stored, last, objective]);
  const shares = useMemo(() => predictClip(stored, objective), [stored, objective]);
  const { clipRatioLow: low, clipRatioHigh: high } = objective;
  const sentence = strings.clip.sentence(fixed(low), fixed(high), percent(shares.low), percent(shares.high));
  return (
    <>
      <figcaption>
        <b>{name}</b> {words.bounds(fixed(low), fixed(high))}{' '}
        <span className={styles.muted}>{strings.clip.dots(last, updates, dots.length)}</span>
      </figcaption>
      <ClipPlot points={dots} axes={axes} objective={objective} sentence={sentence} />
      <span className="data">
        {strings.clip.clippedLow} {percent(shares.low)} · {strings.clip.clippedHigh} {percent(shares.high)} ·{' '}
        {strings.clip.onTokens(stored.tokens, step)}
      </span>
    </>
  );
}

/** The wider of both: what looks alike is alike. */
function sharedAxes(clips: readonly (ComparedClip | null)[]): Axes {
  const all = clips.flatMap((clip) => (clip ? [axesFor(shownObjective(clip.config))] : []));
  return all.reduce(
    (widest, axes) =>
      axes.half > widest.half || (axes.half === widest.half && axes.limit > widest.limit) ? axes : widest,
    all[0] ?? { half: 1, limit: 2, fromOne: false },
  );
}

/** @file Stacked shares of each step's groups: this stage's lengths, retrospective, dropped. */
import { percent } from '../format';
import { labStrings } from '../strings-lab';
import curriculum from './curriculum.module.css';
import type { Mix } from './timeline-model';

const words = labStrings.curriculum;
const height = 60;

export function MixChart({ mixes }: { mixes: readonly Mix[] }) {
  const last = mixes[mixes.length - 1];
  const width = Math.max(1, mixes.length - 1);
  const area = (low: (mix: Mix) => number, high: (mix: Mix) => number) => {
    const list = mixes.length === 1 ? [mixes[0], mixes[0]] : mixes;
    const top = list.map((mix, i) => `${i} ${(1 - high(mix)) * height}`);
    const bottom = list.map((mix, i) => `${i} ${(1 - low(mix)) * height}`).reverse();
    return `M${[...top, ...bottom].join('L')}Z`;
  };
  const sentence = words.mixSentence(percent(last.dropped, 0), percent(last.retrospective, 0));
  return (
    <figure data-testid="mix">
      <h3 className={curriculum.heading}>{words.mix}</h3>
      <svg
        className={curriculum.mix}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={sentence}
      >
        <path
          className={curriculum.fresh}
          d={area(
            () => 0,
            (mix) => mix.fresh,
          )}
        />
        <path
          className={curriculum.pool}
          d={area(
            (mix) => mix.fresh,
            (mix) => mix.fresh + mix.pool,
          )}
        />
        <path
          className={curriculum.dropped}
          d={area(
            (mix) => mix.fresh + mix.pool,
            () => 1,
          )}
        />
      </svg>
      <figcaption className={curriculum.legend}>
        <span data-swatch="fresh">{words.mixParts.fresh}</span>
        <span data-swatch="pool">{words.mixParts.pool}</span>
        <span data-swatch="dropped">{words.mixParts.dropped}</span>
        <span>{sentence}</span>
      </figcaption>
    </figure>
  );
}

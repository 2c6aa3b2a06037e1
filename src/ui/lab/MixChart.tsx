/** @file Stacked shares of each step's groups: this stage's lengths, retrospective, dropped. */
import type { CurvePoint } from '../../run/svg-chart';
import { ChartData } from '../charts/ChartTable';
import { percent } from '../format';
import { strings } from '../strings';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import type { Mix } from './timeline-model';

const words = curriculumStrings;
const height = 60;

/** One above the other, from the floor up. */
const parts = [
  { name: 'fresh', label: words.mixParts.fresh, low: () => 0, high: (mix: Mix) => mix.fresh },
  {
    name: 'pool',
    label: words.mixParts.pool,
    low: (mix: Mix) => mix.fresh,
    high: (mix: Mix) => mix.fresh + mix.pool,
  },
  { name: 'dropped', label: words.mixParts.dropped, low: (mix: Mix) => mix.fresh + mix.pool, high: () => 1 },
] as const;

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
        {parts.map(({ name, low, high }) => (
          <path key={name} className={curriculum[name]} d={area(low, high)} />
        ))}
      </svg>
      <figcaption className={curriculum.legend}>
        <span data-swatch="fresh">{words.mixParts.fresh}</span>
        <span data-swatch="pool">{words.mixParts.pool}</span>
        <span data-swatch="dropped">{words.mixParts.dropped}</span>
        <span>{sentence}</span>
      </figcaption>
      <ChartData
        name={words.mix}
        columns={[strings.charts.step, ...parts.map(({ label }) => label)]}
        rows={() => mixes.map((mix) => [mix.step, mix.fresh, mix.pool, mix.dropped])}
        written={(cell, column) => (column === 0 ? String(cell) : percent(cell as number))}
        picture={() => ({
          figure: {
            title: words.mix,
            note: '',
            xLabel: strings.charts.step,
            panels: [
              {
                title: '',
                unit: words.mixUnit,
                curves: parts.map(({ label, low, high }) => ({
                  label,
                  points: mixes.map(
                    (mix): CurvePoint => ({
                      x: mix.step,
                      y: high(mix),
                      low: low(mix),
                      high: high(mix),
                    }),
                  ),
                })),
                empty: '',
              },
            ],
          },
          notes: [sentence],
        })}
      />
    </figure>
  );
}

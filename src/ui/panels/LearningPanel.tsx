/** @file The curves of the run: reward, entropy, KL, both clip fractions, length. */
import { useMemo } from 'react';
import { metricInfo } from '../../run/metrics';
import { Chart } from '../charts/Chart';
import { fixed, percent } from '../format';
import { bandOf, series } from '../state/history';
import type { UiState } from '../state/model';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './learning.module.css';
import panel from './panel.module.css';
import { useSettled } from './settled';

interface Curve {
  name: string;
  metric: string;
  format(value: number): string;
  wide?: boolean;
  testId: string;
}

const names = strings.charts.names;
const two = (value: number) => fixed(value, 2);
const small = (value: number) =>
  Math.abs(value) < 0.01 && value !== 0 ? value.toExponential(1).replace('-', '−') : fixed(value, 3);
const share = (value: number) => percent(value);
const length = (value: number) => fixed(value, 1);

const curves: Curve[] = [
  { name: names.reward, metric: 'critic/rewards/mean', format: two, wide: true, testId: 'reward-chart' },
  { name: names.entropy, metric: 'actor/entropy', format: two, testId: 'entropy-chart' },
  { name: names.kl, metric: 'actor/ppo_kl', format: small, testId: 'kl-chart' },
  { name: names.high, metric: 'actor/pg_clipfrac_high', format: share, testId: 'clip-high-chart' },
  { name: names.low, metric: 'actor/pg_clipfrac_low', format: share, testId: 'clip-low-chart' },
  { name: names.length, metric: 'response_length/mean', format: length, wide: true, testId: 'length-chart' },
];

export function LearningPanel() {
  const history = useSettled((state) => state.history);
  const marks = useUi((state) => state.marks);
  const evaluations = useUi((state) => state.evaluations);
  const data = useMemo(
    () => curves.map(({ metric }) => ({ ...series(history, metric), reach: bandOf(history, metric, false) })),
    [history],
  );
  return (
    <section className={panel.panel} aria-labelledby="learning-title" data-testid="learning-panel">
      <div className={panel.head}>
        <h2 id="learning-title">{strings.charts.title}</h2>
      </div>
      <div className={styles.charts}>
        {curves.map(({ name, metric, format, wide, testId }, i) => (
          <div key={metric} className={wide ? styles.wide : undefined}>
            <Chart
              name={name}
              help={helpOf(metric)}
              steps={data[i].steps}
              values={data[i].values}
              reach={data[i].reach}
              marks={marks}
              height={testId === 'reward-chart' ? 80 : 42}
              format={format}
              testId={testId}
            />
          </div>
        ))}
        {evaluations.length > 0 && <HeldOut evaluations={evaluations} marks={marks} />}
      </div>
    </section>
  );
}

/** What the policy does on questions it never trains on: the curve that says whether it learns. */
function HeldOut({ evaluations, marks }: Pick<UiState, 'evaluations' | 'marks'>) {
  const steps = useMemo(() => evaluations.map(({ step }) => step), [evaluations]);
  const sampled = useMemo(() => evaluations.map(({ sampledReward }) => sampledReward), [evaluations]);
  const greedy = useMemo(() => evaluations.map(({ greedyAccuracy }) => greedyAccuracy), [evaluations]);
  const shared = { steps, marks, height: 50, format: two };
  return (
    <>
      <Chart
        {...shared}
        name={names.heldOut}
        help={strings.charts.heldOutHelp}
        values={sampled}
        testId="held-out-chart"
      />
      <Chart {...shared} name={names.greedy} help={strings.charts.greedyHelp} values={greedy} />
    </>
  );
}

function helpOf(metric: string): string {
  const info = metricInfo(metric);
  return info ? strings.charts.help(metric, info.definition, info.healthy) : metric;
}

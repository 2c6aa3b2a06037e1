/** @file The curves of the run: reward, entropy, length, both clip fractions, and what held-out questions say. */
import { ChartSpline } from 'lucide-react';
import { useMemo } from 'react';
import { metricInfo } from '../../run/metrics';
import { Chart } from '../charts/Chart';
import { fixed, percent } from '../format';
import { Button } from '../kit/Button';
import { bandOf, rowOf, series } from '../state/history';
import { navigate } from '../state/link-sync';
import { metricOf } from '../state/metric-row';
import { effectiveConfig, shownGroup, type UiState } from '../state/model';
import { pickStep, placeOfStep } from '../state/pick-step';
import { getUi, useUi } from '../state/store';
import { useView } from '../state/view';
import { strings } from '../strings';
import { chartWords } from '../strings-charts';
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
const share = (value: number) => percent(value);
const length = (value: number) => fixed(value, 1);

const curves: Curve[] = [
  { name: names.reward, metric: 'critic/rewards/mean', format: two, wide: true, testId: 'reward-chart' },
  { name: names.entropy, metric: 'actor/entropy', format: two, testId: 'entropy-chart' },
  { name: names.length, metric: 'response_length/mean', format: length, testId: 'length-chart' },
  { name: names.high, metric: 'actor/pg_clipfrac_high', format: share, testId: 'clip-high-chart' },
  { name: names.low, metric: 'actor/pg_clipfrac_low', format: share, testId: 'clip-low-chart' },
];

export function LearningPanel() {
  const history = useSettled((state) => state.history);
  const marks = useUi((state) => state.marks);
  const evaluations = useUi((state) => state.evaluations);
  const every = useUi((state) => effectiveConfig(state)['eval.every']);
  // The step whose answers are on screen, once a person has chosen one.
  const picked = useUi((state) => (state.follow ? null : (shownGroup(state)?.step ?? null)));
  const data = useMemo(
    () => curves.map(({ metric }) => ({ ...series(history, metric), reach: bandOf(history, metric, false) })),
    [history],
  );
  return (
    <section className={panel.panel} aria-labelledby="learning-title" data-testid="learning-panel">
      <div className={panel.head}>
        <h2 id="learning-title">{strings.charts.title}</h2>
        <span className={panel.grow} />
        <AllCharts />
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
              picked={picked}
              pickWords={pickWords}
              onPick={pickStep}
            />
          </div>
        ))}
        {(every > 0 || evaluations.length > 0) && (
          <HeldOut evaluations={evaluations} marks={marks} picked={picked} />
        )}
      </div>
    </section>
  );
}

/** The way to every other metric. */
function AllCharts() {
  const hidden = useView((state) => state.hidden);
  if (hidden.includes('level') || hidden.includes('overview')) return null;
  return (
    <Button
      look="quiet"
      title={strings.charts.allTitle}
      onClick={() => navigate({ level: 'lab', view: 'overview' })}
      data-testid="all-charts"
    >
      <ChartSpline size={14} aria-hidden="true" />
      {strings.charts.all}
    </Button>
  );
}

/** What the policy does on questions it never trains on: the curve that says whether it learns. */
function HeldOut({
  evaluations,
  marks,
  picked,
}: Pick<UiState, 'evaluations' | 'marks'> & { picked: number | null }) {
  const steps = useMemo(() => evaluations.map(({ step }) => step), [evaluations]);
  const sampled = useMemo(() => evaluations.map(({ sampledReward }) => sampledReward), [evaluations]);
  const greedy = useMemo(() => evaluations.map(({ greedyAccuracy }) => greedyAccuracy), [evaluations]);
  // Its place is kept from the start, so that nothing moves when the first answers come.
  const shared = {
    steps,
    marks,
    height: 42,
    format: two,
    picked,
    pickWords,
    onPick: pickStep,
    emptyWords: strings.charts.heldOutFirst,
  };
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

/** What is there of a step before it is gone to. */
function pickWords(step: number): string {
  const row = rowOf(getUi().history, step);
  const kept = row ? metricOf(row, 'group/kept') : undefined;
  return [kept === undefined ? '' : chartWords.kept(kept), chartWords.there[placeOfStep(step)]]
    .filter((words) => words !== '')
    .join(' ');
}

function helpOf(metric: string): string {
  const info = metricInfo(metric);
  return info ? strings.charts.help(metric, info.definition, info.healthy) : metric;
}

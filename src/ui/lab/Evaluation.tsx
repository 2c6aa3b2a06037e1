/** @file Held-out questions over the steps, and a heat table of suites × lengths × depths on demand. */
import { useMemo } from 'react';
import { Chart } from '../charts/Chart';
import { fixed, whole } from '../format';
import panel from '../panels/panel.module.css';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { labStrings } from '../strings-lab';
import { HeatPanel } from './HeatPanel';
import styles from './lab.module.css';
import { formatOf, metricNames, seriesOf, shortName, xFormatOf } from './metric-series';
import overview from './overview.module.css';
import { goToStep } from './rollouts-store';

const words = labStrings.evaluation;
const stepFormat = xFormatOf('step');

export default function Evaluation() {
  const evaluations = useUi((state) => state.evaluations);
  const every = useUi((state) => state.config['eval.every']);
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="eval-title"
        data-testid="evaluation"
      >
        <div className={panel.head}>
          <h2 id="eval-title">{words.title}</h2>
        </div>
        <div className={styles.body}>
          {evaluations.length === 0 ? (
            <p className={styles.muted}>{words.none(every)}</p>
          ) : (
            <>
              <Curves />
              <Steps />
            </>
          )}
        </div>
      </section>
      <HeatPanel />
    </>
  );
}

function Curves() {
  const history = useUi((state) => state.history);
  const evaluations = useUi((state) => state.evaluations);
  const marks = useUi((state) => state.marks);
  const picked = useView((state) => state.step);
  const curves = useMemo(
    () =>
      metricNames([], evaluations).map((name) => ({
        name,
        ...seriesOf(name, history, evaluations, 'step'),
      })),
    [history, evaluations],
  );
  return (
    <div className={overview.charts}>
      {curves.map(({ name, steps, values }) => (
        <Chart
          key={name}
          name={labStrings.overview.titles[name] ?? shortName(name)}
          help={labStrings.overview.heldOut[name] ?? name}
          steps={steps}
          values={values}
          xs={steps}
          xFormat={stepFormat}
          marks={marks}
          picked={picked}
          height={96}
          smoothing={0}
          diamonds
          format={formatOf(name)}
          testId={`eval-${name}`}
          onPick={goToStep}
        />
      ))}
    </div>
  );
}

function Steps() {
  const evaluations = useUi((state) => state.evaluations);
  const { columns } = words;
  return (
    <table className={`data ${styles.table}`} data-testid="eval-steps">
      <thead>
        <tr>
          <th scope="col">{columns.step}</th>
          <th scope="col">{columns.questions}</th>
          <th scope="col">{columns.reward}</th>
          <th scope="col">{columns.greedy}</th>
        </tr>
      </thead>
      <tbody>
        {evaluations.slice(-50).map(({ step, questions, sampledReward, greedyAccuracy }) => (
          <tr key={step}>
            <td>{step}</td>
            <td>{whole(questions)}</td>
            <td>{fixed(sampledReward, 3)}</td>
            <td>{fixed(greedyAccuracy, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

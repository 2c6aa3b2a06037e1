/** @file Reasoning behaviours: counts over training, counts of one step with the answers behind them, and the phrases. */
import { useMemo, useState } from 'react';
import type { Behaviour } from '../../evaluation/behaviour-patterns';
import { behaviourMetric, behaviours, countBehaviours } from '../../run/behaviour-counts';
import { Chart } from '../charts/Chart';
import { fixed, whole } from '../format';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { metricOf } from '../state/metric-row';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { behaviourStrings as words } from '../strings-behaviours';
import { BehaviourAnswers } from './BehaviourAnswers';
import { BehaviourPatterns } from './BehaviourPatterns';
import own from './behaviours.module.css';
import { recountRun, useBehaviours } from './behaviours-store';
import styles from './lab.module.css';
import { xFormatOf } from './metric-series';
import overview from './overview.module.css';
import { answerLines } from './rollout-model';
import { goToStep, type StepGroups, useStepGroups } from './rollouts-store';
import { StepBar } from './StepBar';

const stepFormat = xFormatOf('step');
const meanFormat = (value: number) => fixed(value, 2);

export default function Behaviours() {
  const of = useStepGroups(useView((state) => state.step));
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="behaviours-title"
        data-testid="behaviours"
      >
        <div className={panel.head}>
          <h2 id="behaviours-title">{words.title}</h2>
          <span className={styles.badge}>{words.label}</span>
          {of.step > 0 && <StepBar of={of} />}
        </div>
        <div className={styles.body}>
          <p>{words.what}</p>
          <p className={styles.muted}>{words.toy}</p>
          <Curves />
        </div>
      </section>
      <Counts of={of} />
      <BehaviourPatterns />
    </>
  );
}

/** Over training: as the run counted, or as its folder says with the edited list. */
function Curves() {
  const history = useUi((state) => state.history);
  const marks = useUi((state) => state.marks);
  const runId = useUi((state) => state.runId);
  const resting = useUi((state) => state.state !== 'running');
  const picked = useView((state) => state.step);
  const patterns = useBehaviours((state) => state.patterns);
  const asked = useBehaviours((state) => state.recount);
  const recount = asked?.runId === runId ? asked : null;
  const curves = useMemo(
    () =>
      behaviours.map((behaviour) => ({
        behaviour,
        steps: (recount?.steps ?? history).map(({ step }) => step),
        values: recount
          ? recount.steps.map(({ means }) => means[behaviour])
          : history.map((row) => metricOf(row, behaviourMetric(behaviour)) ?? null),
      })),
    [history, recount],
  );
  if (history.length === 0) return <p className={styles.muted}>{words.none}</p>;
  const counting = recount !== null && recount.done < recount.of;
  return (
    <>
      <div className={overview.charts}>
        {curves.map(({ behaviour, steps, values }) => (
          <Chart
            key={behaviour}
            name={words.names[behaviour]}
            help={`${behaviourMetric(behaviour)}: ${words.definitions[behaviour]}`}
            steps={steps}
            values={values}
            xs={steps}
            xFormat={stepFormat}
            marks={marks}
            picked={picked}
            height={96}
            format={meanFormat}
            testId={`chart-${behaviourMetric(behaviour)}`}
            onPick={goToStep}
          />
        ))}
      </div>
      <p className={own.line}>
        <span className={styles.muted} data-testid="behaviour-source">
          {counting
            ? words.counting(recount.done, recount.of)
            : recount
              ? words.anew(recount.steps.length)
              : words.own}{' '}
          {recount && !counting && recount.patterns !== patterns && words.stale}
        </span>
        <Button disabled={counting || !resting} data-testid="recount" onClick={() => void recountRun()}>
          {words.recount}
        </Button>
      </p>
    </>
  );
}

/** Of the step that is looked at, with the list as edited. */
function Counts({ of }: { of: StepGroups }) {
  const patterns = useBehaviours((state) => state.patterns);
  const [chosen, setChosen] = useState<Behaviour | null>(null);
  const lines = useMemo(
    () => answerLines(of.groups, 'drawn').map((line) => ({ ...line, text: line.answer.text })),
    [of.groups],
  );
  const counts = useMemo(() => countBehaviours(lines, patterns), [lines, patterns]);
  if (lines.length === 0) return null;
  const open = counts.find(({ behaviour }) => behaviour === chosen);
  return (
    <div className={`${panel.panel} ${styles.section}`}>
      <div className={styles.body}>
        <table className={`data ${styles.table}`} data-testid="behaviour-counts">
          <caption>{words.count.caption(of.step, lines.length)}</caption>
          <thead>
            <tr>
              <th scope="col">{words.count.behaviour}</th>
              <th scope="col">{words.count.answers}</th>
              <th scope="col">{words.count.sentences}</th>
              <th scope="col">{words.count.mean}</th>
            </tr>
          </thead>
          <tbody>
            {counts.map(({ behaviour, answers, sentences, mean }) => (
              <tr key={behaviour}>
                <td>
                  <span className={own.mark} data-behaviour={behaviour}>
                    {words.names[behaviour]}
                  </span>
                </td>
                <td>
                  <button
                    type="button"
                    className={own.count}
                    aria-expanded={behaviour === chosen}
                    aria-label={words.count.open(words.names[behaviour], answers.length)}
                    data-testid={`count-${behaviour}`}
                    onClick={() => setChosen(behaviour === chosen ? null : behaviour)}
                  >
                    {whole(answers.length)}
                  </button>
                </td>
                <td>{whole(sentences)}</td>
                <td>{fixed(mean)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {open && <BehaviourAnswers count={open} step={of.step} />}
      </div>
    </div>
  );
}

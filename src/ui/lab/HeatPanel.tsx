/** @file Suites × lengths × depths, asked of the present weights when a person wants it; every cell opens its answers. */
import { useState } from 'react';
import { create } from 'zustand';
import type { Scores } from '../../evaluation/scores';
import type { Evaluated } from '../../evaluation/suites';
import type { EvaluationCell } from '../../evaluation/types';
import type { Interval } from '../../rl/statistics';
import { ChartData } from '../charts/ChartTable';
import type { Cell } from '../charts/chart-files';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import panel from '../panels/panel.module.css';
import { askSuites } from '../state/commands';
import { isReplay } from '../state/replay';
import { getUi, useUi } from '../state/store';
import { labStrings } from '../strings-lab';
import { replayStrings } from '../strings-replay';
import evaluation from './evaluation.module.css';
import { cellIntervals } from './heat-model';
import styles from './lab.module.css';

const words = labStrings.evaluation;
const depths = [0.1, 0.5, 0.9];
const questionChoices = [2, 4, 8, 16];
const samples = 4;
/** Document suites: cloze, and three of facts where the text has them. */
const usualSuites = 4;

/** The last table, kept while other views are shown. */
const useTable = create<{ result: Evaluated | null; step: number; runId: string; asking: boolean }>()(() => ({
  result: null,
  step: 0,
  runId: '',
  asking: false,
}));

async function ask(buckets: number[], questions: number): Promise<void> {
  const { runId } = getUi();
  useTable.setState({ asking: true });
  const result = await askSuites({ buckets, depths, questions, samples });
  useTable.setState({ asking: false, ...(result && { result, step: getUi().step, runId }) });
}

export function HeatPanel() {
  const longest = useUi((state) => state.config.max_prompt_length);
  const possible = useUi(
    ({ state, recording }) =>
      recording === null && (state === 'paused' || state === 'ready' || state === 'running'),
  );
  const replay = useUi(isReplay);
  const progress = useUi((state) => state.suites);
  const runId = useUi((state) => state.runId);
  const table = useTable();
  const [questions, setQuestions] = useState(4);
  const buckets = [...new Set([longest / 4, longest / 2, longest].map(Math.ceil))];
  const total = usualSuites * buckets.length * depths.length * questions;
  const result = table.runId === runId ? table.result : null;
  return (
    <section className={`${panel.panel} ${styles.section}`} aria-labelledby="heat-title" data-testid="heat">
      <div className={panel.head}>
        <h2 id="heat-title">{words.heat}</h2>
        <label className={styles.bar}>
          <span className={styles.muted}>{words.questions}</span>
          <select
            className={kit.select}
            value={questions}
            disabled={table.asking}
            onChange={(event) => setQuestions(Number(event.target.value))}
          >
            {questionChoices.map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
        <Button
          disabled={!possible || table.asking}
          data-testid="ask-suites"
          onClick={() => void ask(buckets, questions)}
        >
          {words.run(total)}
        </Button>
        {table.asking && progress && (
          <span className="data" role="status">
            {words.running(progress.done, progress.cells)}
          </span>
        )}
      </div>
      <div className={styles.body}>
        <p className={styles.muted}>{words.heatHelp}</p>
        {replay && <p data-testid="heat-recorded">{replayStrings.heat}</p>}
        {result && <HeatTable result={result} step={table.step} />}
      </div>
    </section>
  );
}

function HeatTable({ result: { table, records }, step }: { result: Evaluated; step: number }) {
  const [chosen, setChosen] = useState<EvaluationCell | null>(null);
  const [pointed, setPointed] = useState<(typeof table.cells)[number] | null>(null);
  const { plan, cells, suites, macro } = table;
  const asked = plan.depths.map(depthWords);
  return (
    <>
      <div className={styles.scroll}>
        <table className={`data ${styles.table} ${evaluation.heat}`} data-testid="heat-table">
          <caption>{words.caption(step)}</caption>
          <thead>
            <tr>
              <th scope="col">{words.suite}</th>
              <th scope="col">{words.length}</th>
              {asked.map((depth) => (
                <th key={depth} scope="col">
                  {words.depth(depth)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {suites.flatMap(({ suite }) =>
              plan.buckets.map((bucket) => (
                <tr key={`${suite} ${bucket}`}>
                  <th scope="row">{suite}</th>
                  <td>{bucket}</td>
                  {plan.depths.map((depth) => {
                    const cell = cells.find(
                      (other) => other.suite === suite && other.bucket === bucket && other.depth === depth,
                    );
                    if (!cell) return <td key={String(depth)} />;
                    const { score, failed, items } = cell.scores;
                    const said = failed === items ? '–' : fixed(score);
                    const sure = failed === items ? null : cellIntervals(cell.scores).score;
                    const reach = sure && words.between(fixed(sure.low), fixed(sure.high));
                    const lost = failed > 0 ? words.failed(failed) : null;
                    // Its name holds what it shows, as it shows it.
                    const shown = [said, reach, lost].filter(Boolean).join(' ');
                    return (
                      <td key={String(depth)}>
                        <button
                          type="button"
                          className={evaluation.cell}
                          data-heat={failed === items ? undefined : Math.round(score * 5)}
                          aria-label={words.cell(suite, bucket, depthWords(depth), shown)}
                          aria-pressed={chosen === cell}
                          data-testid="heat-cell"
                          onClick={() => setChosen(chosen === cell ? null : cell)}
                          onPointerEnter={() => setPointed(cell)}
                          onPointerLeave={() => setPointed(null)}
                          onFocus={() => setPointed(cell)}
                          onBlur={() => setPointed(null)}
                        >
                          {said}
                          {reach && <small> {reach}</small>}
                          {lost && <small> {lost}</small>}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
      <p className="data" data-testid="heat-pointed">
        {pointed ? cellSentence(pointed) : words.pointAt}
      </p>
      <p className="data">
        {macro.interval
          ? words.macro(fixed(macro.score), fixed(macro.interval.low), fixed(macro.interval.high))
          : words.macroAlone(fixed(macro.score))}
      </p>
      <p className={styles.muted}>{words.wilson}</p>
      <ChartData
        name={words.heat}
        columns={words.fileColumns}
        rows={() =>
          cells.map(({ suite, bucket, depth, scores }): Cell[] => {
            const sure = cellIntervals(scores);
            return [
              suite,
              bucket,
              depth,
              scores.items,
              scores.failed,
              scores.score,
              sure.score?.low ?? null,
              sure.score?.high ?? null,
              scores.greedy,
              sure.greedy?.low ?? null,
              sure.greedy?.high ?? null,
            ];
          })
        }
      />
      {chosen && <Answers cell={chosen} records={records} />}
    </>
  );
}

function Answers({ cell, records }: { cell: EvaluationCell; records: Evaluated['records'] }) {
  const own = records.filter(
    ({ suite, bucket, depth }) => suite === cell.suite && bucket === cell.bucket && depth === cell.depth,
  );
  return (
    <section className={evaluation.answers} aria-labelledby="cell-title" data-testid="cell-answers">
      <h3 id="cell-title">{words.answers(cell.suite, cell.bucket, depthWords(cell.depth))}</h3>
      {own.map((record) => (
        <article key={record.index}>
          <p>
            <b>{record.question}</b> <span className={styles.muted}>{words.gold}</span>{' '}
            <span className="data">{record.gold[0]}</span>
          </p>
          {record.failure && <p className={styles.failure}>{record.failure}</p>}
          <ul>
            {record.answers.map((answer, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an answer is its place.
              <li key={i}>
                <span className="data">
                  {answer.score === 1 ? '●' : '○'} {fixed(answer.score)}{' '}
                  {answer.greedy ? words.greedy : words.sampled}
                </span>{' '}
                {answer.output}
              </li>
            ))}
          </ul>
        </article>
      ))}
    </section>
  );
}

function withInterval(score: string, interval: Interval | null): string {
  return interval ? words.within(score, fixed(interval.low), fixed(interval.high)) : score;
}

/** A cell with both of its scores, and how sure each is. */
function cellSentence({ suite, bucket, depth, scores }: EvaluationCell & { scores: Scores }): string {
  const sure = cellIntervals(scores);
  return words.cellFacts(
    words.answers(suite, bucket, depthWords(depth)),
    scores.items,
    withInterval(fixed(scores.score), sure.score),
    withInterval(fixed(scores.greedy), sure.greedy),
  );
}

function depthWords(depth: number | null): string {
  return depth === null ? '–' : fixed(depth, 1);
}

/**
 * @file Evaluation by suite × length bucket × needle depth. Every cell asks the same number of questions and keeps its
 * answers; the numbers of a cell do not depend on which other cells are asked.
 */
import { CodedError } from '../errors';
import type { QuestionScorer } from '../reward/question-scorer';
import { Random } from '../tasks/random';
import { type AnsweringPolicy, type AskedItem, type AskOptions, askItems } from './answers';
import { type CellRecord, cellRecords } from './records';
import { type MeanScores, macroAverage, type Scores, summarise } from './scores';
import type { EvaluationCell, EvaluationSuite } from './types';

export interface EvaluationPlan extends AskOptions {
  suites: readonly EvaluationSuite[];
  /** Prompt lengths, tokens. */
  buckets: readonly number[];
  depths: readonly (number | null)[];
  /** Questions a cell. */
  questions: number;
  /** The k of pass@k, each at most `samples`. */
  ks: readonly number[];
}

/** A plan as data: two tables may be compared where these are equal. */
export interface PlanRecord extends AskOptions {
  suites: string[];
  buckets: number[];
  depths: (number | null)[];
  questions: number;
  ks: number[];
}

export interface EvaluationTable {
  plan: PlanRecord;
  cells: (EvaluationCell & { scores: Scores })[];
  /** All cells of a suite together. */
  suites: { suite: string; scores: Scores }[];
  /** Macro average over suites at one length. */
  buckets: { bucket: number; scores: MeanScores }[];
  /** Macro average over suites. */
  macro: MeanScores;
}

export interface Evaluated {
  table: EvaluationTable;
  /** Questions and answers by cell, in the order of the table. */
  records: CellRecord[];
}

/**
 * Asks every cell of the plan.
 * @param onCell told after each cell, with the number of cells done.
 * @throws CodedError `evaluation.plan`, `gpu.*`.
 */
export async function evaluateSuites(
  policy: AnsweringPolicy,
  scorer: QuestionScorer,
  plan: EvaluationPlan,
  onCell: (done: number, cells: number) => void = () => {},
): Promise<Evaluated> {
  checkPlan(plan);
  const cells = plan.suites.flatMap((suite) =>
    plan.buckets.flatMap((bucket) =>
      plan.depths.map((depth) => ({ suite, cell: { suite: suite.name, bucket, depth } })),
    ),
  );
  const asked: { cell: EvaluationCell; items: AskedItem[] }[] = [];
  for (const { suite, cell } of cells) {
    const tasks = { item: (index: number) => suite.item(cell, index) };
    const options = { ...plan, seed: cellSeed(plan.seed, cell) };
    asked.push({ cell, items: await askItems(policy, scorer, tasks, plan.questions, options) });
    onCell(asked.length, cells.length);
  }
  const records = asked.flatMap(({ cell, items }) => cellRecords(cell, items));
  return { table: tabulate(plan, asked), records };
}

/** A 32-bit seed of a cell, the same whatever else a plan holds. */
export function cellSeed(seed: number, { suite, bucket, depth }: EvaluationCell): number {
  const name = [...suite].map((letter) => letter.codePointAt(0) ?? 0);
  return new Random(seed, ...name, bucket, depth === null ? 0 : 1 + Math.round(depth * 1e6)).uint32();
}

function tabulate(
  plan: EvaluationPlan,
  asked: readonly { cell: EvaluationCell; items: AskedItem[] }[],
): EvaluationTable {
  const scores = (items: readonly AskedItem[]) => summarise(items, plan.samples, plan.ks);
  const together = (suite: string, bucket?: number) =>
    scores(
      asked
        .filter(({ cell }) => cell.suite === suite && (bucket === undefined || cell.bucket === bucket))
        .flatMap(({ items }) => items),
    );
  const suites = plan.suites.map(({ name }) => ({ suite: name, scores: together(name) }));
  return {
    plan: planRecord(plan),
    cells: asked.map(({ cell, items }) => ({ ...cell, scores: scores(items) })),
    suites,
    buckets: plan.buckets.map((bucket) => ({
      bucket,
      scores: macroAverage(plan.suites.map(({ name }) => together(name, bucket))),
    })),
    macro: macroAverage(suites.map((suite) => suite.scores)),
  };
}

export function planRecord(plan: EvaluationPlan): PlanRecord {
  const { buckets, depths, questions, samples, ks, seed, sampling } = plan;
  return {
    suites: plan.suites.map(({ name }) => name),
    buckets: [...buckets],
    depths: [...depths],
    questions,
    samples,
    ks: [...ks],
    seed,
    sampling: { ...sampling },
  };
}

/** @throws CodedError `evaluation.plan`. */
function checkPlan({ suites, buckets, depths, questions, samples, ks }: EvaluationPlan): void {
  const refuse = (message: string, advice: string) => {
    throw new CodedError('evaluation.plan', message, advice);
  };
  const twice = (list: readonly unknown[]) => new Set(list).size < list.length;
  if (suites.length === 0 || buckets.length === 0 || depths.length === 0)
    refuse('An evaluation needs at least one suite, one length and one depth.', 'Name one of each.');
  if (twice(suites.map(({ name }) => name)) || twice(buckets) || twice(depths))
    refuse('A suite, length or depth is named twice.', 'Name each once.');
  if (!buckets.every((bucket) => Number.isInteger(bucket) && bucket > 0))
    refuse(`Lengths are ${buckets.join(', ')}.`, 'Give whole numbers of tokens.');
  if (!depths.every((depth) => depth === null || (depth >= 0 && depth <= 1)))
    refuse(`Depths are ${depths.join(', ')}.`, 'Give numbers from 0 to 1, or "any".');
  if (!(Number.isInteger(questions) && questions >= 1 && Number.isInteger(samples) && samples >= 1))
    refuse(`${questions} questions with ${samples} samples cannot be asked.`, 'Ask at least one of each.');
  if (!ks.every((k) => Number.isInteger(k) && k >= 1 && k <= samples))
    refuse(
      `pass@k of ${samples} samples is not defined for k = ${ks.join(', ')}.`,
      'Choose k from 1 to the number of samples.',
    );
}

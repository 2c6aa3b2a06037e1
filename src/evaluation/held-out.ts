/** @file The evaluation beside training: held-out questions of the run's own kind, greedy and sampled, no change to the weights. */
import type { QuestionScorer } from '../reward/question-scorer';
import { type Interval, mean, meanInterval95 } from '../rl/statistics';
import type { TaskSource } from '../rl/types';
import { type AnsweringPolicy, type AskedItem, type AskOptions, askItems } from './answers';
import { type BestAtN, meanBestAtN } from './bootstrap';
import { type MeanPassAtK, meanPassAtK } from './pass-at-k';

/** Sampled answers a question in a run's evaluations. */
export const evaluationSamples = 8;

export interface HeldOutOptions extends AskOptions {
  questions: number;
}

export interface EvaluationResult {
  questions: number;
  /** Questions that could not be asked or scored: they count as wrong. */
  failed: number;
  /** Mean reward of sampled answers, without the overlong term. */
  sampledReward: number;
  /** 95 % interval of `sampledReward` over questions. */
  interval: Interval | null;
  /** Share of questions whose greedy answer is right. */
  greedyAccuracy: number;
  /** Share of groups that hold both right and wrong answers. */
  varyingGroups: number;
  /** Unbiased pass@k with all samples, k = samples: the share of questions right at least once. */
  pass: MeanPassAtK | null;
  /** verl's best@N with N = samples. */
  best: BestAtN | null;
  /** Greedy accuracy by family. */
  families: Record<string, { questions: number; greedyAccuracy: number }>;
}

/**
 * Answers to items 0 … questions − 1 of `tasks`, each question once, by the reward mode of the run.
 * @throws CodedError, TaskError where not a single question could be asked.
 */
export async function evaluatePolicy(
  policy: AnsweringPolicy,
  scorer: QuestionScorer,
  tasks: TaskSource,
  { questions: wanted, ...options }: HeldOutOptions,
): Promise<EvaluationResult> {
  const questions = Math.min(wanted, tasks.distinct ?? wanted);
  const asked = await askItems(policy, scorer, tasks, questions, options);
  const failures = asked.flatMap(({ failure }) => failure ?? []);
  if (failures.length === questions && questions > 0) throw failures[0];
  const groups = asked.map((item) => rewards(item, options.samples));
  const sampled = options.samples > 0 ? groups.map(mean) : [];
  const right = groups.map((group) => group.filter((reward) => reward === 1).length);
  return {
    questions,
    failed: failures.length,
    sampledReward: mean(sampled),
    interval: meanInterval95(sampled),
    greedyAccuracy: mean(asked.map(({ greedy }) => greedy?.score.base ?? 0)),
    varyingGroups: groups.filter((group) => group.some((reward) => reward !== group[0])).length / questions,
    pass: options.samples > 0 ? meanPassAtK(options.samples, right, options.samples) : null,
    best: options.samples > 0 ? meanBestAtN(groups, options.samples) : null,
    families: byFamily(asked),
  };
}

function rewards({ sampled }: AskedItem, samples: number): number[] {
  return sampled.length > 0
    ? sampled.map(({ score }) => score.base)
    : Array.from<number>({ length: samples }).fill(0);
}

function byFamily(asked: readonly AskedItem[]): EvaluationResult['families'] {
  const families = new Map<string, number[]>();
  for (const { item, greedy } of asked) {
    if (item === null) continue;
    const { family } = item.question;
    families.set(family, [...(families.get(family) ?? []), greedy?.score.base ?? 0]);
  }
  return Object.fromEntries(
    [...families]
      .sort()
      .map(([family, list]) => [family, { questions: list.length, greedyAccuracy: mean(list) }]),
  );
}

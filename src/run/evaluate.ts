/** @file Held-out evaluation: greedy and sampled answers, scored by the rule, without a change to the weights. */
import type { SamplingOptions } from '../policy/types';
import type { QuestionScorer } from '../reward/question-scorer';
import { type Interval, meanInterval95 } from '../rl/statistics';
import type { Policy, PromptItem, TaskSource } from '../rl/types';

export interface EvaluationOptions {
  questions: number;
  /** Sampled answers a question; 0 = greedy only. */
  samples: number;
  seed: number;
  sampling: SamplingOptions;
}

export interface EvaluationResult {
  questions: number;
  /** Mean reward of sampled answers, without the overlong term. */
  sampledReward: number;
  /** 95 % interval of `sampledReward` over questions. */
  interval: Interval | null;
  /** Share of questions whose greedy answer is right. */
  greedyAccuracy: number;
  /** Share of groups that hold both right and wrong answers. */
  varyingGroups: number;
  /** Greedy accuracy by family. */
  families: Record<string, { questions: number; greedyAccuracy: number }>;
}

/** Sampled answers a question in a run's evaluations. */
export const evaluationSamples = 8;
/** Questions decoded together. */
const batchQuestions = 32;
/** Step word of the evaluation's noise: never a training step. */
const evaluationStep = 0xffffffff;

/** Answers to items 0 … questions − 1 of `tasks`. */
export async function evaluatePolicy(
  policy: Pick<Policy, 'rollout' | 'decodeTokens'>,
  scorer: QuestionScorer,
  tasks: TaskSource,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const greedy: number[] = [];
  const sampled: number[] = [];
  const families = new Map<string, number[]>();
  let varying = 0;
  for (let first = 0; first < options.questions; first += batchQuestions) {
    const items = Array.from({ length: Math.min(batchQuestions, options.questions - first) }, (_, i) =>
      tasks.item(first + i),
    );
    const rewards = (await answerAndScore(policy, scorer, items, 1, first, options, true)).flat();
    greedy.push(...rewards);
    for (const [i, { question }] of items.entries()) {
      families.set(question.family, [...(families.get(question.family) ?? []), rewards[i]]);
    }
    if (options.samples === 0) continue;
    for (const group of await answerAndScore(policy, scorer, items, options.samples, first, options, false)) {
      sampled.push(mean(group));
      if (group.some((reward) => reward !== group[0])) varying++;
    }
  }
  return {
    questions: options.questions,
    sampledReward: mean(sampled),
    interval: meanInterval95(sampled),
    greedyAccuracy: mean(greedy),
    varyingGroups: varying / options.questions,
    families: Object.fromEntries(
      [...families]
        .sort()
        .map(([family, list]) => [family, { questions: list.length, greedyAccuracy: mean(list) }]),
    ),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function answerAndScore(
  policy: Pick<Policy, 'rollout' | 'decodeTokens'>,
  scorer: QuestionScorer,
  items: readonly PromptItem[],
  groupSize: number,
  first: number,
  { seed, sampling }: EvaluationOptions,
  greedy: boolean,
): Promise<number[][]> {
  const requests = items.map((item, i) => ({
    promptTokens: item.tokens,
    groupSize,
    seed,
    step: evaluationStep,
    promptIndex: first + i,
  }));
  const rollouts = await policy.rollout(requests, { ...sampling, greedy });
  const scores = await scorer.score(
    rollouts.flatMap((group, i) =>
      group.map(({ tokens }) => ({
        question: items[i].question,
        text: policy.decodeTokens(tokens),
        length: tokens.length,
      })),
    ),
  );
  return rollouts.map((group, i) => group.map((_, j) => scores[i * groupSize + j].base));
}

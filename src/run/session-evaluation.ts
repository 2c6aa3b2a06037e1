/** @file What a session is evaluated by: which lengths it can be asked at, and the names its values have in a run folder. */
import { CodedError } from '../errors';
import { type EvaluationResult, evaluationSamples } from '../evaluation/held-out';
import { evalMetric } from './eval-metric';
import type { Metrics } from './metrics';

/** Answers to the held-out questions, with their values by canonical name. */
export interface Evaluation extends EvaluationResult {
  metrics: Metrics;
}

/** @param source where the run's document is from: part of the names. */
export function named(result: EvaluationResult, source: string): Evaluation {
  const { pass, best, sampledReward, greedyAccuracy } = result;
  return {
    ...result,
    metrics: {
      [evalMetric(source, 'acc', 'mean', evaluationSamples)]: sampledReward,
      [`val-core/${source}/acc/greedy`]: greedyAccuracy,
      ...(pass && { [evalMetric(source, 'acc', 'pass', evaluationSamples)]: pass.mean }),
      ...(best && { [evalMetric(source, 'acc', 'best', evaluationSamples)]: best.mean }),
    },
  };
}

/**
 * Whether a policy of so many positions can read prompts of these lengths and answer them.
 * @throws CodedError `evaluation.plan` where it cannot.
 */
export function checkBuckets(buckets: readonly number[], answerTokens: number, positions: number): void {
  const longest = Math.max(...buckets) + answerTokens;
  if (longest <= positions) return;
  throw new CodedError(
    'evaluation.plan',
    `Prompt and answer of ${longest} tokens are longer than the policy's ${positions} positions.`,
    'Choose shorter lengths.',
  );
}

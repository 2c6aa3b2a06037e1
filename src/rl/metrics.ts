/** @file The metrics of one step by verl's names, computed in float64 from what the step recorded. */

import type { Score } from '../reward/types';
import { countDropped } from './dynamic-sampling';
import { klValue } from './kl';
import { answerEntropy } from './negative-gradients';
import { answerTerms } from './policy-loss';
import type { TrainerSettings } from './settings';
import type { ScoredAnswer, ScoredGroup, UpdateResult } from './types';

export interface StepFacts {
  groups: ScoredGroup[];
  rounds: number;
  updates: UpdateResult[];
  /** AEPO takes answers out. */
  aepoActive: boolean;
  /** Seconds by phase. */
  timings: Record<string, number>;
  settings: TrainerSettings;
}

/** Mean, maximum and minimum under `name/mean`, `name/max`, `name/min`; nothing for an empty list. */
function spread(into: Record<string, number>, name: string, values: number[]): void {
  if (values.length === 0) return;
  into[`${name}/mean`] = mean(values);
  into[`${name}/max`] = values.reduce((a, b) => Math.max(a, b));
  into[`${name}/min`] = values.reduce((a, b) => Math.min(a, b));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** All metrics of a step. Rewards and lengths count every answer drawn, kept or dropped. */
export function stepMetrics({
  groups,
  rounds,
  updates,
  aepoActive,
  timings,
  settings,
}: StepFacts): Record<string, number> {
  const metrics: Record<string, number> = {};
  const answers = groups.flatMap((group) => group.answers);
  const kept = groups.filter((group) => group.kept);
  spread(
    metrics,
    'critic/score',
    answers.map((answer) => answer.score.base),
  );
  spread(
    metrics,
    'critic/rewards',
    answers.map((answer) => answer.score.total),
  );
  spread(
    metrics,
    'critic/advantages',
    kept.flatMap((group) => group.answers.map((answer) => answer.advantage)),
  );
  metrics['reward/rule_rate'] = mean(answers.map((answer) => answer.score.rule));
  Object.assign(metrics, judgeMetrics(answers.map((answer) => answer.score)));
  metrics['reward/overlong_mean'] = mean(answers.map((answer) => answer.score.overlong));
  const lengths = answers.map((answer) => answer.rollout.tokens.length);
  spread(metrics, 'response_length', lengths);
  metrics['response_length/clip_ratio'] = mean(
    answers.map((answer) => (answer.rollout.finish === 'length' ? 1 : 0)),
  );
  spread(
    metrics,
    'prompt_length',
    groups.map((group) => group.item.tokens.length),
  );
  const uniform = (value: boolean) =>
    groups.filter((group) => group.answers.every((answer) => answer.score.correct === value)).length /
    groups.length;
  metrics['group/all_correct'] = uniform(true);
  metrics['group/all_wrong'] = uniform(false);
  metrics['group/zero_std_frac'] = groups.filter((group) => group.std === 0).length / groups.length;
  metrics['group/kept'] = kept.length;
  const dropped = countDropped(groups);
  metrics['group/dropped_all_right'] = dropped['all right'];
  metrics['group/dropped_all_wrong'] = dropped['all wrong'];
  metrics['group/dropped_uniform_reward'] = dropped['uniform reward'];
  metrics['group/dropped_surplus'] = dropped.surplus;
  metrics['train/num_gen_batches'] = rounds;
  metrics['actor/entropy'] = tokenMean(answers.map((answer) => answer.rollout.entropies));
  objectiveMetrics(metrics, updates, settings);
  samplingMetrics(
    metrics,
    kept.flatMap((group) => group.answers),
    settings,
  );
  maskMetrics(
    metrics,
    kept.flatMap((group) => group.answers),
    aepoActive,
  );
  const tokens =
    lengths.reduce((sum, n) => sum + n, 0) + groups.reduce((sum, group) => sum + group.item.tokens.length, 0);
  metrics['perf/total_num_tokens'] = tokens;
  metrics['perf/time_per_step'] = timings.step;
  metrics['perf/throughput'] = tokens / timings.step;
  metrics['perf/rollouts_per_s'] = lengths.length / timings.step;
  for (const [name, seconds] of Object.entries(timings)) metrics[`timing_s/${name}`] = seconds;
  return metrics;
}

/** What the judge said; nothing where no answer was put to one. */
export function judgeMetrics(scores: readonly Score[]): Record<string, number> {
  const verdicts = scores.flatMap(({ judge, rule }) => (judge.asked ? [{ ...judge, rule }] : []));
  const failed = scores.filter(({ judge }) => !judge.asked && judge.failed).length;
  if (verdicts.length + failed === 0) return {};
  const right = verdicts.filter(({ verdict }) => verdict === 1);
  return {
    ...(verdicts.length > 0 && { 'reward/judge_rate': right.length / verdicts.length }),
    'reward/judge_rescue': right.filter(({ rule }) => rule < 1).length / scores.length,
    'reward/judge_ms': verdicts.reduce((sum, { ms }) => sum + ms, 0),
    'reward/judge_failed': failed,
  };
}

function tokenMean(rows: ArrayLike<number>[]): number {
  let sum = 0;
  let count = 0;
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) sum += row[i];
    count += row.length;
  }
  return count > 0 ? sum / count : 0;
}

/** How far sampling and training disagree about a token: by numerics, and by the mass S of the truncated support. */
function samplingMetrics(
  metrics: Record<string, number>,
  answers: ScoredAnswer[],
  settings: TrainerSettings,
): void {
  let mismatch = 0;
  let gap = 0;
  let largestGap = 0;
  let tokens = 0;
  for (const { oldLogprobs, rollout, update } of answers) {
    const sampled = settings.oldLogProb === 'exact' ? rollout.samplerLogprobs : rollout.logprobs;
    // At the first update the weights are still those of the rollout, so its forward tells what no other measured.
    const measured =
      settings.oldLogProb !== 'sampled' ? oldLogprobs : update?.index === 1 ? update.logprobs : sampled;
    for (let t = 0; t < oldLogprobs.length; t++) {
      mismatch = Math.max(mismatch, Math.abs(measured[t] - sampled[t]));
      const own = rollout.samplerLogprobs[t] - rollout.logprobs[t];
      gap += own;
      largestGap = Math.max(largestGap, own);
      tokens++;
    }
  }
  metrics['rollout/logprob_mismatch_max'] = mismatch;
  metrics['rollout/logprob_top_p_gap/mean'] = tokens > 0 ? gap / tokens : 0;
  metrics['rollout/logprob_top_p_gap/max'] = largestGap;
}

/** What the gradient masks look at and take out; nothing without answers to learn from. */
function maskMetrics(metrics: Record<string, number>, answers: ScoredAnswer[], aepoActive: boolean): void {
  if (answers.length === 0) return;
  metrics['aepo/entropy'] = answerEntropy(
    answers.map(({ advantage, score, rollout }) => ({
      advantage,
      reward: score.total,
      entropies: rollout.entropies,
    })),
  );
  metrics['aepo/active'] = Number(aepoActive);
  const tokens = answers.reduce((sum, answer) => sum + answer.rollout.tokens.length, 0);
  const masked = answers.reduce(
    (sum, { policyMask }) => sum + (policyMask?.filter((m) => m === 0).length ?? 0),
    0,
  );
  metrics['actor/masked_token_frac'] = masked / tokens;
}

/** Clip fractions, KL and loss over the tokens of all updates, each with the policy at its update. */
function objectiveMetrics(
  metrics: Record<string, number>,
  updates: UpdateResult[],
  settings: TrainerSettings,
): void {
  if (updates.length === 0) return;
  let tokens = 0;
  let low = 0;
  let high = 0;
  let clipped = 0;
  let lower = 0;
  let kl = 0;
  let refKl = 0;
  let refTokens = 0;
  let policyLoss = 0;
  for (const update of updates) {
    let row = 0;
    update.groups.forEach((group, i) => {
      group.answers.forEach((answer, j) => {
        const { logprobs } = update.tokens[i][j];
        const weights = update.weights[row++];
        const { oldLogprobs, advantage, policyMask } = answer;
        const advantages = Float64Array.from(logprobs, (_, t) => (policyMask?.[t] === 0 ? 0 : advantage));
        const terms = answerTerms({ logprobs, oldLogprobs, advantages }, update.objective);
        for (let t = 0; t < logprobs.length; t++) {
          const term = terms[t];
          // A token without weight must not turn an infinite loss into NaN.
          if (weights[t] !== 0) policyLoss += weights[t] * term.loss;
          low += term.clippedLow ? 1 : 0;
          high += term.clippedHigh ? 1 : 0;
          clipped += term.clipped ? 1 : 0;
          lower += term.clippedLower ? 1 : 0;
          kl += answer.oldLogprobs[t] - logprobs[t];
          tokens++;
          if (answer.refLogprobs) {
            refKl += klValue(settings.klLossType, logprobs[t], answer.refLogprobs[t]);
            refTokens++;
          }
        }
      });
    });
  }
  metrics['actor/pg_clipfrac_low'] = low / tokens;
  metrics['actor/pg_clipfrac_high'] = high / tokens;
  metrics['actor/pg_clipfrac'] = clipped / tokens;
  metrics['actor/pg_clipfrac_lower'] = lower / tokens;
  metrics['actor/ppo_kl'] = kl / tokens;
  if (refTokens > 0) {
    metrics['actor/kl_loss'] = refKl / refTokens;
    metrics['actor/kl_coef'] = settings.klLossCoef;
  }
  metrics['actor/pg_loss'] = policyLoss / updates.length;
  metrics['actor/loss'] = mean(updates.map((update) => update.loss));
  metrics['actor/grad_norm'] = mean(updates.map((update) => update.gradNorm));
  metrics['actor/lr'] = updates[updates.length - 1].learningRate;
}

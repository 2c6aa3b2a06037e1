/** @file The metrics of one step by verl's names, computed in float64 from what the step recorded. */
import type { Score } from '../reward/types';
import { klValue } from './kl';
import { tokenObjective } from './objective';
import type { TrainerSettings } from './settings';
import type { ScoredGroup, UpdateResult } from './types';

export interface StepFacts {
  groups: ScoredGroup[];
  rounds: number;
  updates: UpdateResult[];
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
  metrics['train/num_gen_batches'] = rounds;
  metrics['actor/entropy'] = tokenMean(answers.map((answer) => answer.rollout.entropies));
  objectiveMetrics(metrics, updates, settings);
  metrics['rollout/logprob_mismatch_max'] = kept
    .flatMap((group) => group.answers)
    .reduce((max, answer) => {
      for (let t = 0; t < answer.oldLogprobs.length; t++)
        max = Math.max(max, Math.abs(answer.oldLogprobs[t] - answer.rollout.logprobs[t]));
      return max;
    }, 0);
  const tokens =
    lengths.reduce((sum, n) => sum + n, 0) + groups.reduce((sum, group) => sum + group.item.tokens.length, 0);
  metrics['perf/total_num_tokens'] = tokens;
  metrics['perf/time_per_step'] = timings.step;
  metrics['perf/throughput'] = tokens / timings.step;
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
  let dual = 0;
  let kl = 0;
  let refKl = 0;
  let refTokens = 0;
  for (const update of updates) {
    update.groups.forEach((group, i) => {
      group.answers.forEach((answer, j) => {
        const { logprobs } = update.tokens[i][j];
        for (let t = 0; t < logprobs.length; t++) {
          const term = tokenObjective(logprobs[t], answer.oldLogprobs[t], answer.advantage, update.objective);
          low += term.clippedLow ? 1 : 0;
          high += term.clippedHigh ? 1 : 0;
          dual += term.clippedDual ? 1 : 0;
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
  metrics['actor/pg_clipfrac'] = (low + high) / tokens;
  metrics['actor/pg_clipfrac_lower'] = dual / tokens;
  metrics['actor/ppo_kl'] = kl / tokens;
  if (refTokens > 0) {
    metrics['actor/kl_loss'] = refKl / refTokens;
    metrics['actor/kl_coef'] = settings.klLossCoef;
  }
  metrics['actor/pg_loss'] = mean(updates.map((update) => update.loss));
  metrics['actor/grad_norm'] = mean(updates.map((update) => update.gradNorm));
  metrics['actor/lr'] = updates[updates.length - 1].learningRate;
}

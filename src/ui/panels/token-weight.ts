/** @file How much a token's term counts in the loss, by the aggregation that the controls say. */
import type { GroupView } from '../../../workers/protocol';
import { type LossAggregation, miniBatchWeights } from '../../rl/aggregation';
import { policyLosses } from '../../rl/policy-loss';
import type { RunConfig, SettingKey } from '../../run/config';
import { rowOf } from '../state/history';
import { effectiveConfig, shownGroup, type UiState } from '../state/model';

/** Settings that weights follow from. */
const aggregation = [
  'policy_loss.loss_mode',
  'loss_agg_mode',
  'token_mean_over',
  'ppo_micro_batch_size',
  'max_response_length',
] as const satisfies readonly SettingKey[];

type AggregationConfig = Pick<RunConfig, (typeof aggregation)[number]>;

export interface TokenWeight {
  /** Of every token of the answer alike: loss = Σ weight · token term. */
  weight: number;
  mode: LossAggregation;
  update: number;
  /** Answers of the mini-batch that the mean is over. */
  answers: number;
}

/**
 * Weight of the tokens of an answer in its optimiser update. `batch` holds the groups of that update, in the order of the
 * batch; null where the answer was in none.
 */
export function weightIn(
  batch: readonly GroupView[],
  uid: string,
  answer: number,
  config: AggregationConfig,
): TokenWeight | null {
  const at = batch.findIndex((group) => group.uid === uid);
  const update = batch[at]?.answers[answer]?.update ?? 0;
  if (update === 0) return null;
  // A policy loss that fixes its aggregation overrules the setting, as in training.
  const mode = policyLosses[config['policy_loss.loss_mode']].aggregation ?? config.loss_agg_mode;
  const weights = miniBatchWeights(
    batch.map((group) => group.answers.map(({ tokens }) => tokens.length)),
    {
      mode,
      tokenMeanOver: config.token_mean_over,
      microBatchSize: config.ppo_micro_batch_size,
      lossScaleFactor: config.max_response_length,
    },
  );
  const before = batch.slice(0, at).reduce((sum, group) => sum + group.answers.length, 0);
  return {
    weight: weights[before + answer][0] ?? 0,
    mode,
    update,
    answers: weights.length,
  };
}

let last: { key: unknown[]; result: TokenWeight | null } | null = null;

/** The weight of the selected answer's tokens; null where it was not learned from, or the page lacks groups of its update. */
export function selectedWeight(state: UiState): TokenWeight | null {
  const group = shownGroup(state);
  if (!group) return null;
  const config = effectiveConfig(state);
  const key = [
    state.groups,
    state.history,
    group.uid,
    state.answer,
    ...aggregation.map((name) => config[name]),
  ];
  if (last?.key.every((value, i) => value === key[i])) return last.result;
  last = { key, result: compute(state, group, config) };
  return last.result;
}

function compute(state: UiState, group: GroupView, config: RunConfig): TokenWeight | null {
  const answer = Math.min(state.answer, group.answers.length - 1);
  const update = group.answers[answer]?.update ?? 0;
  const learned = state.groups.filter(({ step, kept }) => step === group.step && kept);
  const all = rowOf(state.history, group.step)?.metrics['group/kept'];
  if (update === 0 || all !== learned.length) return null;
  const batch = learned.filter(({ answers }) => answers.some((other) => other.update === update));
  return weightIn(batch, group.uid, answer, config);
}

/**
 * @file What the objective says about every token of an answer, under the settings that the controls show: the one
 * place where panels ask, so that token marks, plot and prediction agree with training whatever `policy_loss.loss_mode` is.
 */
import type { AnswerView } from '../../../workers/protocol';
import { klValue } from '../../rl/kl';
import { answerTerms, type PolicyLossOptions, type PolicyLossTerm } from '../../rl/policy-loss';
import type { RunConfig } from '../../run/config';
import { effectiveConfig, type UiState } from '../state/model';
import { useUi } from '../state/store';

export interface ShownObjective extends PolicyLossOptions {
  lossMode: RunConfig['policy_loss.loss_mode'];
  tauPos: number;
  tauNeg: number;
  klType: RunConfig['kl_loss_type'];
}

/** The objective that settings ask for, as panels need it. */
export function shownObjective(config: RunConfig): ShownObjective {
  return {
    lossMode: config['policy_loss.loss_mode'],
    clipRatioLow: config.clip_ratio_low,
    clipRatioHigh: config.clip_ratio_high,
    // The dual clip belongs to one loss; the others ignore the setting.
    clipRatioC: config['policy_loss.loss_mode'] === 'vanilla' ? config.clip_ratio_c : 0,
    tauPos: config.tau_pos,
    tauNeg: config.tau_neg,
    klType: config.kl_loss_type,
  };
}

/** The objective as the controls show it; the same object until one of its values changes. */
export function useShownObjective(): ShownObjective {
  return useUi(objectiveOf);
}

let last: { key: string; objective: ShownObjective } | null = null;

/** As `useShownObjective`, outside of components. One object for all panels, so that terms are computed once. */
export function objectiveOf(state: UiState): ShownObjective {
  const objective = shownObjective(effectiveConfig(state));
  const key = Object.values(objective).join(' ');
  if (last?.key !== key) last = { key, objective };
  return last.objective;
}

const known = new WeakMap<AnswerView, { options: PolicyLossOptions; terms: PolicyLossTerm[] }>();

/** The term of every token; null where the answer has not been learned from. Asked twice, computed once. */
export function termsOf(answer: AnswerView, options: PolicyLossOptions): readonly PolicyLossTerm[] | null {
  const { newLogprobs, oldLogprobs, policyMask, advantage } = answer;
  if (!newLogprobs || !oldLogprobs) return null;
  const before = known.get(answer);
  if (before?.options === options) return before.terms;
  const advantages = new Float64Array(newLogprobs.length).fill(advantage);
  policyMask?.forEach((kept, t) => {
    if (kept === 0) advantages[t] = 0;
  });
  const terms = answerTerms({ logprobs: newLogprobs, oldLogprobs, advantages }, options);
  known.set(answer, { options, terms });
  return terms;
}

export type ClipMark = '' | 'high' | 'low' | 'dual';

/** Which bound holds a token. */
export function clipMark(term: PolicyLossTerm | undefined): ClipMark {
  if (!term) return '';
  if (term.clippedHigh) return 'high';
  if (term.clippedLow) return 'low';
  return term.clippedDual ? 'dual' : '';
}

/** Divergence of one token from the reference policy; null where no reference was kept. */
export function klOf(answer: AnswerView, token: number, { klType }: ShownObjective): number | null {
  const logprob = answer.newLogprobs?.[token];
  const reference = answer.refLogprobs?.[token];
  return logprob === undefined || reference === undefined ? null : klValue(klType, logprob, reference);
}

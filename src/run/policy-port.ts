/** @file A policy on the GPU as the training loop asks for it. */
import type { GpuPolicy } from '../policy/gpu-policy';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { Policy } from '../rl/types';

/** @param policy asked anew each time: after a loss of the GPU it is another one. */
export function policyPort(policy: () => GpuPolicy, tokenizer: PolicyTokenizer): Policy {
  return {
    rollout: (requests, sampling, weights, measure, watch) =>
      policy().rollout(requests, sampling, weights, measure, watch),
    evaluate: (groups, temperature, weights) => policy().evaluate(groups, temperature, weights),
    update: (groups, objective, optimizer) => policy().update(groups, objective, optimizer),
    startOver: () => {
      policy().resetOptimizer();
      if (policy().hasReference) policy().keepReference();
    },
    decodeTokens: (tokens) => tokenizer.decode(tokens),
  };
}

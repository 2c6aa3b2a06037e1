/** @file What the precision of decoding asks of the rest of a run. */
import type { RunConfig } from './settings';

/** Whether answers are decoded with 16-bit weights. */
export function decodesPacked(config: RunConfig): boolean {
  return config['rollout.weights'] === 'f16';
}

/**
 * What the ratio divides by. The log-probs of 16-bit decoding are not those of the policy that learns, so the rollout's
 * own never serve then: they are measured.
 */
export function oldLogProbOf(config: RunConfig): RunConfig['old_log_prob'] {
  return decodesPacked(config) && config.old_log_prob === 'sampled' ? 'released' : config.old_log_prob;
}

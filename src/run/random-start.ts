/** @file A run from scratch: the shape and tokenizer of a checkpoint with new weights. */
import { initialWeights } from '../policy/initialise';
import { parameterLayout } from '../policy/layout';
import type { Checkpoint } from './checkpoint';

/** The `policy` setting that asks for it. */
export const randomPolicy = 'random';

/** `checkpoint` with the starting weights of `seed`, at step 0. */
export function randomStart(checkpoint: Checkpoint, seed: number): Checkpoint {
  const weights = initialWeights(checkpoint.config, seed);
  return {
    config: checkpoint.config,
    tokenizerFiles: checkpoint.tokenizerFiles,
    sampling: checkpoint.sampling,
    weights: Object.fromEntries(
      parameterLayout(checkpoint.config).tensors.map(({ name, shape }) => [
        name,
        { shape, data: weights[name] },
      ]),
    ),
    optimizer: null,
    trainerState: { global_step: 0, next_item: 0, optimizer_updates: 0, seed },
  };
}

/** @file The recipe of the shipped policy learns from the same tokens with the same weights, whatever runs do with the code. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { defaultRecipe } from '../../src/cli/warmup';
import type { GpuPolicy } from '../../src/policy/gpu-policy';
import type { TrainGroup } from '../../src/policy/types';
import { Warmup } from '../../src/run/warmup';
import { shippedTokenizer } from '../support/texts';

it('two steps of every stage give the batches that the shipped policy was made from', async () => {
  const hash = createHash('sha256');
  const policy = {
    update: async (groups: TrainGroup[], objective: unknown, optimizer: unknown) => {
      hash.update(JSON.stringify([objective, optimizer]));
      for (const { promptTokens, answers } of groups) {
        hash.update(promptTokens);
        for (const { tokens, weights } of answers) hash.update(tokens).update(weights);
      }
      return { loss: 1, gradNorm: 1, tokens: [] };
    },
  };
  const warmup = new Warmup(policy as unknown as GpuPolicy, shippedTokenizer(), {
    ...defaultRecipe,
    seed: 1,
  });
  for (const tokens of [0, 600_000, 1_200_000]) {
    warmup.progress = { step: warmup.progress.step, tokens };
    for (let i = 0; i < 2; i++) await warmup.step();
  }
  expect(hash.digest('hex')).toBe('3a878156e5c4de1df511d77249ae05e3042d3f1b556433e7507c6cd4cade3e1c');
});

import { expect, it } from 'vitest';
import { randomStart } from '../../src/run/random-start';
import { smallCheckpoint } from '../support/session';

it('a run from scratch has the shape and tokenizer of the checkpoint, the weights of its seed, and no past', () => {
  const from = {
    ...smallCheckpoint(),
    trainerState: { global_step: 9, next_item: 9, optimizer_updates: 9, seed: 1 },
  };
  const [a, again, b] = [5, 5, 6].map((seed) => randomStart(from, seed));
  expect(a.config).toBe(from.config);
  expect(a.tokenizerFiles).toBe(from.tokenizerFiles);
  expect(Object.keys(a.weights)).toEqual(Object.keys(from.weights));
  expect(a.weights).toEqual(again.weights);
  expect(a.weights).not.toEqual(b.weights);
  expect(a.weights).not.toEqual(from.weights);
  expect(a.optimizer).toBeNull();
  expect(a.trainerState).toEqual({ global_step: 0, next_item: 0, optimizer_updates: 0, seed: 5 });
});

/** @file Words of the ways on from what went wrong. */
import type { MemoryWay } from '../run/memory-ways';
import { whole } from './format';

export const problemStrings = {
  fatal: 'Training has stopped',
  refused: 'Not done',
  dismiss: 'Dismiss',
  retry: 'Open again',
  micro: 'Use preset micro',
  way: {
    'memory.budget_mb': () => 'Recompute activations',
    max_prompt_length: (tokens: number) => `Shorten context to ${whole(tokens)}`,
    max_response_length: (tokens: number) => `Answers of at most ${whole(tokens)}`,
    group_size: (answers: number) => `${answers} answers a group`,
    mini_batch_size: (groups: number) => `Mini-batches of ${groups}`,
    gen_batch_size: (prompts: number) => `${prompts} prompts a round`,
  } satisfies Record<MemoryWay['key'], (value: number) => string>,
  wayTitle: (settings: string) => `Starts again with ${settings}`,
  halveGroup: 'Halve the group size',
  halveRate: 'Continue with half the learning rate',
  inspect: (step: number) => `Inspect step ${whole(step)}`,
  diagnostics: 'Copy diagnostics',
  copied: 'Copied',
  bound: {
    train: 'Train on the groups there are',
    rounds: (rounds: number) => `Up to ${rounds} rounds`,
    temperature: (value: string) => `Temperature ${value}`,
  },
};

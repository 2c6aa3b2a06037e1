/** @file Words of what can go wrong on the page, and of the ways on. */
import type { MemoryWay } from '../run/memory-ways';
import { whole } from './format';

const anotherFile =
  'Open a .txt or .md file with a few paragraphs of prose, or a .jsonl or .parquet file of questions.';

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
  /** Why there is no GPU. */
  gpu: {
    none: {
      message:
        'This browser has no WebGPU, so nothing can be trained here. A recorded run can be watched: every view works on it.',
      advice: (line: string) => line,
    },
    insecure: {
      message: 'WebGPU needs https:// or http://localhost. Meanwhile a recorded run can be watched.',
      advice: 'Open the page over https or from localhost.',
    },
    noAdapter: {
      message:
        'WebGPU is on but no GPU was offered (often: hardware acceleration off, remote desktop, driver blocklist). Meanwhile a recorded run can be watched.',
      advice:
        'Open chrome://gpu and look for WebGPU, or run `npm start -- --software`, which opens Chrome with a software GPU.',
    },
  },
  /** Where WebGPU is to be had, by the reader’s system. */
  platforms: {
    windows: 'Use Chrome or Edge 113 or newer, or Firefox 141 or newer; or run `npm start -- --software`.',
    mac: 'Use Chrome or Edge 113 or newer, Safari 26 or newer, or on Apple silicon Firefox 147 or newer (145 on macOS 26).',
    iphone: 'Use iOS or iPadOS 26 or newer, in Safari or any other browser.',
    chromeos: 'Use ChromeOS 113 or newer.',
    linux:
      'Use Chrome 144 or newer with an Intel GPU of generation 12 or later, 147 or newer with an NVIDIA driver from 535.183 on; other GPUs need a flag. Without one run `npm start -- --software`.',
    android: 'Use Chrome 121 or newer on Android 12 or newer.',
  },
  openingDocument: {
    message: (status: number) => `The opening document did not load (HTTP ${status}).`,
    advice: 'Reload the page, or open a text file of your own.',
  },
  type: {
    message: (name: string) => `“${name}” is not a .txt, .md, .jsonl or .parquet file.`,
    advice: anotherFile,
  },
  large: { message: (name: string) => `“${name}” is larger than 64 MB.`, advice: 'Open a shorter file.' },
  crash: {
    message: (detail: string) => `The training worker ended${detail ? `: ${detail}` : '.'}`,
    advice: 'Open it again; what is on screen stays readable until then.',
  },
};

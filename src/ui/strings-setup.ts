/** @file Words for what a run begins with: preset and seed, and the question before another one begins. */
import type { PresetName } from '../run/presets';
import { bytes, whole } from './format';
import { say } from './strings';

export const setupStrings = {
  setup: {
    title: 'A run begins with',
    button: 'Preset and seed of this run; another one needs a new run',
    close: 'Close preset and seed',
    preset: 'Preset',
    seed: 'Seed',
    seedOf: (seed: number) => `seed ${seed}`,
    seedHelp:
      'Questions, their order and all sampling follow from the seed: the same one gives the same run on the same GPU.',
    presets: {
      'qwenlong-l1-script': 'As the released script trains: both clip bounds 0.20.',
      'dapo-clip-higher': 'The same with DAPO’s upper clip bound, 0.28.',
      micro: 'A small run for slow machines.',
      small: 'Warm-up and three stages in a few minutes.',
      scaled:
        'Warm-up on families of look-ups at 256 tokens, then prompts that grow to 768: minutes of a large GPU, or under two hours of two processor cores.',
      phased: 'The paper’s phases at a sixteenth of their lengths.',
      'qwenlong-l1-phased':
        'The paper’s own lengths, batch and learning rate; needs a policy of 70\u202f000 positions.',
    } satisfies Record<PresetName, string>,
    scale: (window: number, group: number) =>
      `It reads ${whole(window)} tokens of the document a question and gives ${group} answers; the paper reads 20\u202f000 to 60\u202f000.`,
  },
  newRun: {
    title: 'Start a new run?',
    reset: (step: number) => `The run of ${step} steps ends; the new one has the same settings and seed.`,
    change: (what: string, step: number) => `${what} needs a new run. The run of ${step} steps ends.`,
    keep: 'The old run stays under Runs, to be resumed, forked or downloaded.',
    lost: 'This browser keeps no files: download its run folder first if you want to keep it.',
    memory: (sum: number, parts: readonly string[], largest: number | null) =>
      `It needs about ${bytes(sum)} of GPU memory: ${parts.join(', ')}. WebGPU does not say how much is free${largest === null ? '.' : `; the largest run that opened here: ${bytes(largest)}.`}`,
    tooLarge: (message: string, advice: string) => `It would not fit on this GPU. ${message} ${advice}`,
    confirm: 'Start new run',
    cancel: 'Keep this run',
    download: 'Download run folder',
    preset: (name: string) => `Preset ${name}`,
    seed: (seed: number) => `Seed ${seed}`,
    setting: (name: string, value: unknown) => `${name} ${say(value)}`,
  },
};

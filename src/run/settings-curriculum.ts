/** @file Settings of a run's stages and of retrospective sampling. Defaults are the presets' (presets.ts). */
import type { Setting } from './setting-types';

export const curriculumSettings = [
  {
    key: 'curriculum',
    section: 'curriculum',
    label: 'Stages',
    kind: 'stages',
    unit: '',
    effect: 'S',
    help: {
      definition:
        'Longest prompt and steps of each stage in order, such as 256x40,1024x60; a stage takes only prompts longer than the stage before allowed. Stages that open with sft: are supervised warm-up.',
      formula: 'L_{k−1} < |x| + |c| ≤ L_k',
      paper: '20,000 then 60,000 tokens (Eq. 9); steps not published',
    },
  },
  {
    key: 'pool.rule',
    section: 'curriculum',
    label: 'Retrospective sampling',
    kind: 'choice',
    options: ['off', 'zero-accuracy', 'weighted'],
    unit: '',
    effect: 'B',
    help: {
      definition:
        'Which questions of earlier stages come back: those nobody answered right, or a sample weighted by difficulty.',
      formula: 'w = 1 / max(mean_G r, δ)',
      paper: 'zero accuracy in section 3.2, 1 / mean reward in Eq. 10',
    },
  },
  {
    key: 'pool.share',
    section: 'curriculum',
    label: 'Retrospective share',
    kind: 'number',
    min: 0,
    max: 0.9,
    step: 0.05,
    scale: 'linear',
    unit: '',
    effect: 'B',
    help: {
      definition:
        'Share of prompts taken from the pool in stages after the first that name no share of their own.',
      formula: null,
      paper: 'not published',
    },
  },
  {
    key: 'pool.size',
    section: 'curriculum',
    label: 'Pool size',
    kind: 'integer',
    min: 1,
    max: 4096,
    step: 2,
    scale: 'log',
    unit: 'questions',
    effect: 'S',
    help: {
      definition:
        'Questions of earlier stages kept at most; a larger crowd is sampled by weight, without replacement.',
      formula: null,
      paper: 'not published',
    },
  },
  {
    key: 'pool.on_empty',
    section: 'curriculum',
    label: 'Where the pool is empty',
    kind: 'choice',
    options: ['fresh', 'pause'],
    unit: '',
    effect: 'B',
    help: {
      definition:
        'Whether fresh questions take the places of retrospective ones when the pool is empty, with a notice, or the run pauses.',
      formula: null,
      paper: 'not published',
    },
  },
  {
    key: 'pool.measure',
    section: 'curriculum',
    label: 'Difficulty measured by',
    kind: 'choice',
    options: ['latest', 'base'],
    unit: '',
    effect: 'F',
    help: {
      definition:
        'Whose answers say how hard a question is: the policy at its latest visit, or the one the run began with, which costs a second group a question.',
      formula: 'difficulty = 1 / mean_G r',
      paper: 'the base model (Eq. 10); not published for section 3.2',
    },
  },
  {
    key: 'pool.floor',
    section: 'curriculum',
    label: 'Reward floor δ',
    kind: 'number',
    min: 0.001,
    max: 1,
    step: 1.1,
    scale: 'log',
    off: 0,
    unit: '',
    effect: 'S',
    help: {
      definition: 'Mean rewards below δ count as δ, since Eq. 10 is infinite at 0; 0 means 1 / (2G).',
      formula: 'w = 1 / max(mean_G r, δ)',
      paper: 'not published',
    },
  },
  {
    key: 'pool.temperature',
    section: 'curriculum',
    label: 'Weight temperature T',
    kind: 'number',
    min: 0.1,
    max: 10,
    step: 1.1,
    scale: 'log',
    unit: '',
    effect: 'B',
    help: {
      definition:
        'How sharply weights follow difficulty: 1 is Eq. 10, a higher T brings them nearer to each other, a lower one leaves the hardest questions. It acts under the rule weighted.',
      formula: 'w = (1 / max(mean_G r, δ))^(1/T)',
      paper: 'not published; Eq. 10 has none, which is 1',
    },
  },
  {
    key: 'pool.max_weight',
    section: 'curriculum',
    label: 'Largest weight',
    kind: 'number',
    min: 1,
    max: 1000,
    step: 1.1,
    scale: 'log',
    unit: '',
    effect: 'S',
    help: {
      definition: 'No question weighs more than this when the pool is sampled by weight.',
      formula: null,
      paper: 'not published',
    },
  },
] as const satisfies readonly Setting[];

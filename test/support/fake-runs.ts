/** @file Stands in for the runs worker in interface tests: two stored runs that differ in one bound. */
import { makeConfig, updatesPerBatch } from '../../src/run/config';
import { differenceStrip, settingDifferences } from '../../src/run/difference';
import type { RunDescription } from '../../src/run/run-description';
import type { LongDocument } from '../../src/tasks/types';
import type { ListedRun, RunsApi } from '../../workers/runs-protocol';
import { learn, makeGroup } from './fake-answers';

const steps = 60;

const stored = (id: string, name: string, clip: number, changed: number): RunDescription => ({
  id,
  name,
  config: makeConfig('micro', { clip_ratio_high: clip }),
  steps,
  checkpoints: [20, 40, 59, 60],
  reward: 0.42,
  begun: 1_700_000_000,
  changed,
  adapterClass: 'software',
  commit: '0123abc',
  documentId: 'chronicle',
  documentTitle: 'A chronicle',
  forkedFrom: id === 'run-b' ? { run: 'run-a', name: 'brave-otter', step: 20 } : null,
  difference: clip === 0.2 ? '' : 'ε_high 0.2→0.28',
  seedOf: null,
  damage: null,
});
const runs = [
  stored('run-a', 'brave-otter', 0.2, 1_700_000_900),
  stored('run-b', 'calm-heron', 0.28, 1_700_000_800),
];
const third = stored('run-e', 'sharp-wren', 0.2, 1_700_000_200);
const damaged: RunDescription = {
  ...stored('run-c', 'run-c', 0.2, 1_700_000_100),
  config: null,
  checkpoints: [],
  damage: 'The settings file is not valid JSON.',
};

const text: LongDocument = {
  id: 'chronicle',
  title: 'A chronicle',
  text: 'The letter of Alder went out on Tuesday. It came to Linport in Summer.',
  source: 'generated',
};

/** A curve that rises, the second a little more. */
const rows = (lift: number) =>
  Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    time: i,
    'critic/rewards/mean':
      0.2 + (0.3 + lift) * (1 - Math.exp(-i / 25)) + 0.03 * Math.sin(i * 1.7 + lift * 40),
    'actor/entropy': 1.6 - (0.8 - lift) * (1 - Math.exp(-i / 30)) + 0.02 * Math.sin(i),
    'actor/pg_clipfrac_high': 0.03 - lift / 10 + 0.004 * Math.sin(i * 2),
    'response_length/mean': 28 + 4 * Math.sin(i / 9 + lift * 9),
  }));

const answer = (output: string, acc: boolean, differsFrom: number | null) => ({
  output,
  score: acc ? 1 : 0,
  acc,
  differsFrom,
});

/** The run on screen, where a test wants it stored. */
const here = () =>
  sessionStorage.getItem('fake.here') ? [stored(window.fake.runId, 'quiet-tern', 0.2, 1_700_000_990)] : [];

export const fakeRuns: RunsApi = {
  list: async () => ({
    runs: [...here(), ...runs, third, damaged].map(
      (run): ListedRun => ({ ...run, isOpen: run.id === 'run-b', bytes: 9_400_000, note: '' }),
    ),
    canKeep: true,
    usage: 31_000_000,
    quota: 2_000_000_000,
  }),
  // Only for who has made the folder in which the real ones would be.
  newest: async () => (sessionStorage.getItem('fake.stored') ? runs[0] : null),
  rename: async () => {},
  notes: async () => '',
  writeNotes: async () => {},
  remove: async () => {},
  zip: async () => new Blob([]),
  takeIn: async (files) => ({
    kind: files.some(({ path }) => path.endsWith('.safetensors')) ? 'policy' : 'run',
    id: 'run-d',
    name: 'imported',
    files: 12,
    leftOut: files.length > 1 ? 0 : 1,
  }),
  async compare(a, b, also) {
    const [x, y] = [runs.find(({ id }) => id === a) ?? runs[0], runs.find(({ id }) => id === b) ?? runs[1]];
    const [rowsA, rowsB] = [rows(x === runs[0] ? 0 : 0.06), rows(y === runs[0] ? 0 : 0.06)];
    const metrics = [
      'critic/rewards/mean',
      'actor/entropy',
      'actor/pg_clipfrac_high',
      'response_length/mean',
    ] as const;
    const points = (from: ReturnType<typeof rows>, metric: (typeof metrics)[number]) =>
      from.map((row): [number, number] => [row.step, row[metric]]);
    const others = also.flatMap((id) => [...runs, third].find((run) => run.id === id) ?? []);
    return {
      a: x,
      b: y,
      others,
      differences: x.config && y.config ? settingDifferences(x.config, y.config) : [],
      equalSettings: 50,
      curves: metrics.map((metric) => ({
        metric,
        a: points(rowsA, metric),
        b: points(rowsB, metric),
        strip: differenceStrip(rowsA, rowsB, metric),
        bandA: points(rowsA, metric).map(([step, value]): [number, number, number] => [
          step,
          value * 0.93,
          value * 1.06,
        ]),
        bandB: [],
        others: others.map((_, i) => points(rows(-0.05 * (i + 1)), metric)),
      })),
      steps: rowsA.map(({ step }) => step),
      sharedSteps: 0,
      commonSteps: steps,
      lastCommon: steps,
      partedAt: 2,
      sameDocument: true,
      seeds: [1, 2, 3, ...window.fake.seeds],
      verdict: {
        kind: window.fake.seeds.length < 5 ? 'not separable' : 'separable',
        seeds: 3 + window.fake.seeds.length,
        mean: 0.04,
        interval: window.fake.seeds.length < 5 ? { low: -0.02, high: 0.1 } : { low: 0.01, high: 0.07 },
      },
    };
  },
  clips: async (a, b, step) => {
    const sides = [a, b].map((id) => runs.find((run) => run.id === id)?.config ?? null);
    return sides.map((config) => {
      if (!config) return null;
      const made = { step, config, text, seconds: 1, longTokens: 0 };
      const groups = Array.from({ length: 12 }, (_, i) => makeGroup(made, i));
      return {
        config,
        updates: updatesPerBatch(config),
        groups: learn(groups, config).filter(({ kept }) => kept),
      };
    }) as Awaited<ReturnType<RunsApi['clips']>>;
  },
  answers: async () => [
    {
      input: 'The letter went out on Tuesday.\nWhich word is left out: “The ____ went out on Tuesday.”',
      gold: 'letter',
      answers: [
        {
          index: 0,
          a: answer('It says letter.', true, null),
          b: answer('It says letter.', true, null),
          token: null,
        },
        { index: 1, a: answer('It says later.', false, 8), b: answer('It says letter.', true, 8), token: 2 },
      ],
    },
    {
      input: 'Which year?',
      gold: '1843',
      answers: [{ index: 0, a: answer('1844', false, null), b: null, token: null }],
    },
  ],
};

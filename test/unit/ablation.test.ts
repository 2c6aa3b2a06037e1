/** @file The ablation runner survives being killed anywhere, does nothing twice, and its table is right. */
import { describe, expect, it } from 'vitest';
import { evaluateSuites } from '../../src/evaluation/suites';
import {
  type AblationPorts,
  type AblationResult,
  type AblationSession,
  runAblation,
} from '../../src/run/ablation';
import { type AblationAxis, ablationGrid } from '../../src/run/ablation-grid';
import { ablationFigure, ablationMarkdown, ablationTable } from '../../src/run/ablation-table';
import type { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import { parseStages, stageSteps, withoutWarmup } from '../../src/run/stages-text';
import { type FileStore, readText } from '../../src/run/store';
import { drawingPolicy, numberSuite, wordScorer } from '../support/answering';
import { expectNear } from '../support/fixtures';
import { smallConfig } from '../support/policy';

const base: RunConfig = { ...presets.micro, 'eval.every': 2, 'checkpoint.every': 2 };
const steps = 5;
const origin = { appVersion: '1', commit: 'c', adapterClass: 's', documentId: 'd', documentTitle: 'D' };

/** A policy of one number that moves with its settings, its seed and all its steps so far. */
class FakeSession implements AblationSession {
  readonly config: RunConfig;
  stepsDone: number;
  state: number;

  constructor(config: RunConfig, stepsDone: number, state: number) {
    this.config = config;
    this.stepsDone = stepsDone;
    this.state = state;
  }

  get skill(): number {
    return (this.state % 997) / 997;
  }

  async step() {
    this.stepsDone++;
    this.state =
      (this.state * 31 + this.config.seed * 7 + Math.round(this.config.clip_ratio_high * 100)) % 100_003;
    const metrics = { 'critic/rewards/mean': this.skill };
    return { step: this.stepsDone, metrics, groups: [], updates: 1 };
  }

  async evaluate() {
    return {
      questions: 1,
      failed: 0,
      sampledReward: this.skill,
      interval: null,
      greedyAccuracy: this.skill,
      varyingGroups: 0,
      pass: null,
      best: null,
      families: {},
      metrics: { 'val-core/generated/acc/mean@8': this.skill },
    };
  }

  async checkpoint() {
    return {
      config: smallConfig({}),
      weights: { w: { shape: [1], data: new Float32Array(1) } },
      optimizer: null,
      tokenizerFiles: {},
      sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: false },
      trainerState: {
        global_step: this.stepsDone,
        next_item: this.state,
        optimizer_updates: this.stepsDone,
        seed: this.config.seed,
      },
    };
  }

  async dispose() {}
}

/** Writes until it has written `left` times; then every operation fails, as after kill -9. */
class DyingStore implements FileStore {
  private readonly store: FileStore;
  private readonly life: { left: number };

  constructor(store: FileStore, life: { left: number }) {
    this.store = store;
    this.life = life;
  }

  write = (path: string, content: Uint8Array | string) => this.alive(() => this.store.write(path, content));
  append = (path: string, text: string) => this.alive(() => this.store.append(path, text));
  remove = (path: string) => this.alive(() => this.store.remove(path));
  read = (path: string) => this.store.read(path);
  list = (folder: string) => this.store.list(folder);
  exists = (path: string) => this.store.exists(path);

  private async alive(work: () => Promise<void>): Promise<void> {
    if (this.life.left-- <= 0) throw new Error('killed');
    await work();
  }
}

function portsOn(
  stores: Map<string, MemoryStore>,
  life = { left: Number.POSITIVE_INFINITY },
): AblationPorts<FakeSession> & { stepsMade: number; opened: (number | null)[] } {
  const ports = {
    stepsMade: 0,
    opened: [] as (number | null)[],
    documentId: 'd',
    store: ({ folder }: { folder: string }) => {
      const store = stores.get(folder) ?? new MemoryStore();
      stores.set(folder, store);
      return new DyingStore(store, life);
    },
    async open({ config }: { config: RunConfig }, folder: RunFolder, resumeStep: number | null) {
      ports.opened.push(resumeStep);
      if (resumeStep === null) {
        await folder.begin(config, origin);
        return new FakeSession(config, 0, 500);
      }
      const state = JSON.parse(
        await readText(folder.store, `checkpoints/step_${resumeStep}/trainer_state.json`),
      );
      return new FakeSession(config, state.global_step, state.next_item);
    },
    measure: (session: FakeSession) =>
      evaluateSuites(
        drawingPolicy(([bucket]) => session.skill * (bucket === 64 ? 1 : 0.5)),
        wordScorer(),
        {
          suites: [numberSuite('a')],
          buckets: [64, 128],
          depths: [null],
          questions: 3,
          samples: 2,
          ks: [1],
          seed: 1,
          sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 4, greedy: false },
        },
      ),
    onStep: () => {
      ports.stepsMade++;
    },
  };
  return ports;
}

/** What must not depend on how often the run was killed: everything but the clock. */
const told = (results: readonly AblationResult[]) =>
  results.map(({ rows, ...result }) => ({ ...result, rows: rows.map(({ time, ...row }) => row) }));

describe('the ablation grid', () => {
  it('of preset small is the whole grid of the paper, every cell with the same RL steps on the same lengths', () => {
    const { cells, absent } = ablationGrid(presets.small, [1, 2]);
    expect(absent).toEqual([]);
    expect(cells.length).toBe(2 * 2 * 3 * 2);
    expect(new Set(cells.map(({ folder }) => folder)).size).toBe(cells.length);
    for (const { levels, folder, steps, config } of cells) {
      expect(folder).toMatch(/^[a-z0-9_-]+$/);
      const stages = parseStages(config.curriculum);
      const rl = stages.filter(({ kind }) => kind === 'rl');
      const [, start, curriculum] = levels;
      expect(stages.length - rl.length).toBe(start === 'SFT' ? 1 : 0);
      expect(rl.length).toBe(curriculum === 'naive long' ? 1 : 3);
      expect(config['pool.rule'] !== 'off').toBe(curriculum === 'phased + retrospective');
      expect(rl.at(-1)?.maxTokens).toBe(384);
      const rlSteps = rl.reduce((sum, { stop }) => sum + (stop.steps ?? Number.NaN), 0);
      expect(rlSteps).toBe(stageSteps(withoutWarmup(presets.small.curriculum)));
      expect(steps).toBe(stageSteps(config.curriculum));
    }
    expect(ablationGrid(presets.small, [1], 1).cells.every(({ steps }) => steps === 1)).toBe(true);
  });

  it('leaves levels out that the stages do not name, and names them', () => {
    const { cells, absent } = ablationGrid(base, [1, 2]);
    expect(absent).toEqual(['SFT', 'phased', 'phased + retrospective']);
    expect(cells.map(({ levels }) => levels.join())).toEqual(
      ['GRPO', 'GRPO', 'DAPO', 'DAPO'].map((name) => `${name},no SFT,naive long`),
    );
    expect(cells.every(({ config, steps }) => config.curriculum === 'off' && steps === 40)).toBe(true);
    const two = ablationGrid({ ...base, curriculum: '96x2/share=0,128x3' }, [1]).absent;
    expect(two).toEqual(['SFT']);
  });

  it('GRPO and DAPO differ as the paper says, and keep what was asked for', () => {
    const { cells } = ablationGrid({ ...base, group_size: 4 }, [3]);
    const [grpo, dapo] = ['GRPO', 'DAPO'].map(
      (name) => cells.find(({ levels }) => levels[0] === name)?.config,
    );
    expect(grpo).toMatchObject({ loss_agg_mode: 'seq-mean-token-mean', 'filter_groups.enable': false });
    expect(grpo).toMatchObject({
      clip_ratio_low: 0.2,
      clip_ratio_high: 0.2,
      'overlong_buffer.enable': false,
    });
    expect(dapo).toMatchObject({ loss_agg_mode: 'token-mean', 'filter_groups.enable': true });
    expect(dapo).toMatchObject({ clip_ratio_high: 0.28, 'overlong_buffer.enable': true });
    for (const config of [grpo, dapo])
      expect(config).toMatchObject({ seed: 3, group_size: 4, 'eval.every': 2 });
  });
});

describe('the ablation runner', () => {
  const { cells } = ablationGrid(base, [1], steps);

  it('gives the same results wherever it was killed', async () => {
    const [one] = cells;
    const life = { left: Number.POSITIVE_INFINITY };
    const counting = portsOn(new Map(), life);
    life.left = 1_000_000;
    const whole = told(await runAblation([one], counting));
    const writes = 1_000_000 - life.left;
    expect(whole.length).toBe(1);
    expect(writes).toBeGreaterThan(20);
    for (let left = 0; left < writes; left++) {
      const stores = new Map<string, MemoryStore>();
      await expect(runAblation([one], portsOn(stores, { left }))).rejects.toThrow();
      expect(told(await runAblation([one], portsOn(stores))), `killed after ${left} writes`).toEqual(whole);
    }
  });

  it('does not run a finished cell again, and goes on from the last checkpoint of a stopped one', async () => {
    const stores = new Map<string, MemoryStore>();
    const first = portsOn(stores);
    let made = 0;
    const stopped = await runAblation(cells, {
      ...first,
      onStep: () => {
        made++;
      },
      // In the middle of the second cell.
      stopped: () => made >= steps + 3,
    });
    expect(stopped.map(({ cell }) => cell.folder)).toEqual([cells[0].folder]);
    const second = portsOn(stores);
    expect((await runAblation(cells, second)).length).toBe(cells.length);
    expect(second.opened[0]).toBe(3);
    expect(second.stepsMade).toBe(2 + steps * (cells.length - 2));
    const third = portsOn(stores);
    expect((await runAblation(cells, third)).length).toBe(cells.length);
    expect(third.opened).toEqual([]);
  });

  it('evaluates before the first step, and keeps that', async () => {
    const ports = portsOn(new Map());
    const [result] = await runAblation(cells, ports);
    expect(result.rows[0]).toMatchObject({ step: 0, 'val-core/generated/acc/mean@8': 500 / 997 });
    const start = new FakeSession(cells[0].config, 0, 500);
    expect(result.before).toEqual((await ports.measure(start)).table);
  });

  it('trains only the cells that are wanted, and reads the others where they are finished', async () => {
    const ports = portsOn(new Map());
    const [first, second] = cells;
    const folders = async (wanted?: AblationPorts<FakeSession>['wanted']) =>
      (await runAblation(cells, { ...ports, wanted })).map(({ cell }) => cell.folder);
    expect(await folders((cell) => cell === second)).toEqual([second.folder]);
    expect(await folders((cell) => cell === first)).toEqual([first.folder, second.folder]);
  });

  it.each([
    ['the same weights are asked once before training', 'default', 3],
    ['weights of the seed are asked by seed', 'random', 4],
  ])('%s', async (_, policy, times) => {
    let asked = 0;
    const ports = portsOn(new Map());
    const own = cells.map((cell, seed) => ({ ...cell, seed, config: { ...cell.config, policy, seed } }));
    const [a, b] = await runAblation(own, {
      ...ports,
      measure(session) {
        asked++;
        return ports.measure(session);
      },
    });
    expect(asked).toBe(times);
    expect(b.before).toEqual(a.before);
  });

  it('refuses a folder that was made with other settings or more steps', async () => {
    const stores = new Map<string, MemoryStore>();
    await runAblation(cells, portsOn(stores));
    const other = ablationGrid({ ...base, lr: 1e-5 }, [1], steps).cells;
    await expect(runAblation(other, portsOn(stores))).rejects.toMatchObject({
      code: 'ablate.other_settings',
      message: expect.stringContaining('lr'),
    });
    await expect(runAblation(ablationGrid(base, [1], 4).cells, portsOn(stores))).rejects.toMatchObject({
      code: 'ablate.other_settings',
    });
  });
});

describe('the ablation table', () => {
  const axes: AblationAxis[] = [
    { name: 'objective', levels: ['A', 'B'].map((name) => ({ name, settings: () => ({}) })) },
    {
      name: 'curriculum',
      levels: ['naive', 'phased', 'more'].map((name) => ({ name, settings: () => ({}) })),
    },
  ];
  /** Score after training on the longest bucket; half of it on all together. */
  const result = (levels: string[], seed: number, score: number): AblationResult => {
    const scores = (value: number) => ({ score: value }) as AblationResult['after']['macro'];
    const table = (macro: number, long: number) =>
      ({
        macro: scores(macro),
        buckets: [
          { bucket: 128, scores: scores(0) },
          { bucket: 64, scores: scores(long) },
        ],
      }) as AblationResult['after'];
    return {
      cell: { levels, seed, config: { ...base, seed }, folder: `${levels.join('-')}-${seed}`, steps },
      before: table(0.1, 0),
      after: {
        ...table(score / 2, 0.9),
        buckets: [...table(0, 0.9).buckets.slice(1), { bucket: 128, scores: scores(score) }],
      },
      rows: [{ step: 1, time: 0, 'critic/rewards/mean': score }],
    };
  };
  const results = [
    ...[1, 2, 3].map((seed) => result(['A', 'naive'], seed, 0.4 + seed / 10)),
    ...[1, 2, 3].map((seed) => result(['A', 'more'], seed, 0.5 + seed / 10)),
    result(['B', 'more'], 2, 0.2),
  ];

  it('means over seeds, with intervals where there are several', () => {
    const table = ablationTable(results, ['phased'], axes);
    expect(table.longest).toBe(128);
    const [naive, , alone] = table.rows;
    expect(naive).toMatchObject({ levels: ['A', 'naive'], seeds: [1, 2, 3] });
    expectNear(naive.after.mean, 0.3, 1e-12);
    expectNear(naive.rise.mean, 0.2, 1e-12);
    // Deviation 0.05 over three seeds: half width 4.303 · 0.05 / √3.
    expectNear(naive.rise.interval?.high ?? 0, 0.2 + (4.303 * 0.05) / Math.sqrt(3), 1e-9);
    expect(alone.after.interval).toBeNull();
  });

  it('compares the next level that is there seed by seed, on the longest bucket', () => {
    const { comparisons } = ablationTable(results, [], axes);
    expect(comparisons.map(({ axis, from, to, rest, seeds }) => ({ axis, from, to, rest, seeds }))).toEqual([
      { axis: 'objective', from: 'A', to: 'B', rest: ['more'], seeds: [2] },
      { axis: 'curriculum', from: 'naive', to: 'more', rest: ['A'], seeds: [1, 2, 3] },
    ]);
    expectNear(comparisons[0].difference.mean, 0.2 - 0.7, 1e-12);
    expectNear(comparisons[1].difference.mean, 0.1, 1e-12);
    expectNear(comparisons[1].difference.interval?.low ?? 0, 0.1, 1e-9);
  });

  it('is Markdown with a line a cell and what is not there, and a figure with bands', () => {
    const markdown = ablationMarkdown(ablationTable(results, ['phased'], axes));
    expect(markdown.split('\n').filter((line) => line.startsWith('| A, ')).length).toBe(2);
    expect(markdown).toContain('| more against naive | A | 1, 2, 3 | +0.100');
    expect(markdown).toContain('as its settings name no such stages: phased.');
    expect(ablationMarkdown(ablationTable([], [], axes))).toContain('# Ablation');
    const figure = ablationFigure([
      ...results,
      ...results.map((r) => ({ ...r, rows: [{ ...r.rows[0], step: 2 }] })),
    ]);
    expect(figure).toContain('A, naive');
    expect(ablationFigure([])).toContain('No cell is finished.');
  });
});

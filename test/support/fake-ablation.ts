/** @file An ablation grid without a GPU: sessions of one number, and stores that die when they are told to. */
import { evaluateSuites } from '../../src/evaluation/suites';
import { type AblationPorts, type AblationSession, runAblation } from '../../src/run/ablation';
import { ablationGrid } from '../../src/run/ablation-grid';
import { gridFile } from '../../src/run/ablation-plan';
import type { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import type { RunConfig } from '../../src/run/settings';
import { type FileStore, readText } from '../../src/run/store';
import { drawingPolicy, numberSuite, wordScorer } from './answering';
import { smallConfig } from './policy';

const origin = { appVersion: '1', commit: 'c', adapterClass: 's', documentId: 'd', documentTitle: 'D' };

/** A policy of one number that moves with its settings, its seed and all its steps so far. */
export class FakeSession implements AblationSession {
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

/** Everything a grid asks for, on stores by the names of its cells; after `life.left` writes the process is dead. */
export function portsOn(
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

/** A grid's folder as the runner leaves it when it is stopped after `finished` cells. */
export async function gridFiles(base: RunConfig, seeds: readonly number[], steps: number, finished?: number) {
  const stores = new Map<string, MemoryStore>();
  const { cells } = ablationGrid(base, seeds, steps);
  let done = 0;
  const results = await runAblation(cells, {
    ...portsOn(stores),
    stopped: () => done >= (finished ?? cells.length),
    onCell: (_, state) => {
      if (state === 'finished') done++;
    },
  });
  const grid = JSON.stringify({ base: { ...base, seed: 0 }, steps, asked: {}, document: 'd' });
  const files = [{ path: gridFile, bytes: new TextEncoder().encode(grid) as Uint8Array }];
  for (const [folder, store] of stores)
    for (const { path, bytes } of await store.all()) files.push({ path: `${folder}/${path}`, bytes });
  return { results, files };
}

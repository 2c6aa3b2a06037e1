/** @file Stands in for the trainer worker in interface tests: speaks its protocol in its order, trains nothing. */
import { advanceStage, bracketOf, stageStart } from '../../src/rl/curriculum';
import { type PoolQuestion, updatePool } from '../../src/rl/retrospective';
import { changeLive, makeConfig, type RunConfig, updatesPerBatch } from '../../src/run/config';
import { type PresetName, presets } from '../../src/run/presets';
import { parseStages } from '../../src/run/stages-text';
import { trainerSettings } from '../../src/run/trainer-settings';
import type { LongDocument } from '../../src/tasks/types';
import type { StepView, SuitesRequest, TrainerApi, TrainerEvent } from '../../workers/protocol';
import { StepGate } from '../../workers/step-gate';
import { gridFiles } from './fake-ablation';
import { type FakeStep, learn, makeGroup, metricsOf, rowsOf, seedFakes } from './fake-answers';
import { fakeEvaluation } from './fake-evaluation';
import { failedAfter } from './fake-failure';

declare global {
  interface Window {
    /** Handles of the tests on the fake engine. */
    fake: {
      emit(event: Record<string, unknown>): void;
      calls: { name: string; argument: unknown }[];
      /** The run on screen. */
      readonly runId: string;
      /** Every finished step as it was sent. */
      records: StepView[];
      /** Further seeds of the stored pair that have been trained. */
      seeds: number[];
      stepMs: number;
      software: boolean;
      /** The judge's worker is the real one. */
      realJudge: boolean;
      /** Tokens of the first answer of each step's first group; 0 = as short as the others. */
      longTokens: number;
    };
  }
}

/** What a run takes on the GPU, bytes. */
const memory = [{ part: 'weights' as const, bytes: 31_400_000 }];

let listener: (event: TrainerEvent) => void = () => {};
let runId = '';
let config: RunConfig;
let text: LongDocument;
let step = 0;
let running = false;
let seeding = false;
let judge: (() => Promise<MessagePort>) | null = null;
let curriculum = stageStart();
let pool: readonly PoolQuestion[] = [];
let nextIndex = 0;
const gate = new StepGate();

window.fake = {
  emit: (event) => listener({ runId, ...event } as unknown as TrainerEvent),
  calls: [],
  get runId() {
    return runId;
  },
  records: [],
  seeds: [],
  stepMs: 60,
  software: true,
  realJudge: false,
  longTokens: 0,
};

function emit(event: object): void {
  listener({ runId, ...event } as TrainerEvent);
}

function emitState(state: string, reason: string | null = null): void {
  emit({ type: 'state', state, step, reason });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A part of the step begins, or waits for a person. */
async function enter(at: number, phase: string, numbers: { round: number; kept: number; wanted: number }) {
  emit({ type: 'phase', step: at, phase, ...numbers });
  await gate.enter(`${at} ${phase}`, () => {
    emitState('paused', 'part');
    return () => emitState('running');
  });
}

async function oneStep(): Promise<void> {
  const wanted = config.train_batch_size;
  const { stepMs, longTokens } = window.fake;
  const made: FakeStep = { step: step + 1, config, text, seconds: stepMs / 1000, longTokens };
  await enter(made.step, 'rollout', { round: 1, kept: 0, wanted });
  await wait(stepMs / 2);
  const groups = Array.from({ length: wanted + 4 }, (_, i) => makeGroup(made, i));
  await enter(made.step, 'score', { round: 1, kept: 0, wanted });
  emit({ type: 'groups', step: made.step, groups });
  const kept = groups.filter((group) => group.kept).length;
  await enter(made.step, 'update', { round: 0, kept, wanted: kept });
  await wait(stepMs / 2);
  step++;
  const learned = learn(groups, config);
  const metrics = metricsOf(learned, { ...made, config });
  const stages = parseStages(config.curriculum);
  const record: StepView = {
    step,
    metrics,
    groups: learned,
    updates: updatesPerBatch(config),
    stage: null,
  };
  if (stages.length > 0) goOn(record, stages);
  window.fake.records.push(record);
  emit({ type: 'step', record });
  if (step % 3 === 0) {
    const [sampledReward, greedyAccuracy] = [0.3 + step / 100, 0.4 + step / 100];
    const values = { 'val-core/generated/acc/mean@8': sampledReward, 'val-core/generated/acc/pass@8': 0.7 };
    emit({ type: 'evaluation', step, questions: 64, sampledReward, greedyAccuracy, metrics: values });
  }
}

/** The record's place in the curriculum, and its pool. */
function goOn(record: StepView, stages: ReturnType<typeof parseStages>): void {
  const { metrics, groups: learned } = record;
  const { stage: index, steps } = curriculum;
  const lengths = bracketOf(stages, index);
  const outcome = { reward: metrics['critic/score/mean'], entropy: metrics['actor/entropy'] };
  const { state, ended } = advanceStage(curriculum, stages, outcome);
  const isLast = index + 1 === stages.length;
  const settings = trainerSettings(config);
  const seen = learned.map((group): PoolQuestion => {
    const rewards = group.answers.map(({ score }) => score.base);
    const reward = rewards.reduce((a, b) => a + b, 0) / rewards.length;
    const visit = { step, reward, accuracy: reward };
    const { questionId: id, question: text } = group;
    return {
      index: nextIndex++,
      bracket: lengths,
      id,
      text,
      stage: index,
      visits: 1,
      history: [visit],
      base: null,
    };
  });
  pool = updatePool(pool, isLast ? [] : seen, state.stage, settings.pool, config.group_size, config.seed);
  curriculum = state;
  record.stage = {
    kind: 'rl',
    index,
    number: index + 1,
    name: stages[index].name,
    lengths,
    steps: steps + 1,
    ended,
    isLast,
  };
  record.pool = pool;
  metrics['curriculum/stage'] = index + 1;
  metrics['curriculum/stage_steps'] = steps + 1;
  metrics['pool/share'] = 0.25 * Number(index > 0);
}

async function run(): Promise<void> {
  if (running) return;
  running = true;
  emitState('running');
  while (running) await oneStep();
  emitState('paused');
}

/** One step and rest. */
async function single(): Promise<void> {
  emitState('running');
  await oneStep();
  emitState('paused');
}

/** Rests after the step in flight; one that is held goes on to its end. */
export function stop(): void {
  running = false;
  seeding = false;
  gate.allow(Number.POSITIVE_INFINITY);
}

/** The past of the stored run of `fake-runs.ts`. */
function restore(): void {
  step = 60;
  const rows = Array.from({ length: step }, (_, i) => ({
    step: i + 1,
    metrics: { 'critic/rewards/mean': 0.2 + i / 200, 'actor/entropy': 1.4 - i / 150 },
  }));
  emit({ type: 'restored', name: 'brave-otter', document: text, step, rows, changes: [], evaluations: [] });
  emit({ type: 'kept', where: 'disk' });
}

export const fakeTrainer: TrainerApi = {
  async open(options, onEvent) {
    listener = onEvent;
    runId = options.runId;
    text = options.document;
    step = 0;
    const { preset, ...changes } = options.settings;
    config = makeConfig(
      typeof preset === 'string' && preset in presets ? (preset as PresetName) : 'micro',
      changes,
    );
    seedFakes(config.seed);
    curriculum = stageStart();
    pool = [];
    window.fake.records = [];
    emitState('opening');
    for (let ready = 0; ready <= 12; ready += 3) {
      emit({ type: 'opening', message: 'kernels', ready, total: 12 });
      await wait(20);
    }
    const { software } = window.fake;
    const adapter = software
      ? { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader', software }
      : { vendor: 'test', architecture: 'fake', description: '', software };
    const variants = { forward: 'subgroup-16', decode: 'subgroup-16', decode_few: 'subgroup-8' };
    const kernels = { linear: { ...variants, input: 'subgroup-16', weight: 'subgroup-16' } };
    emit({ type: 'ready', adapter, parameters: 372_480, memory, config, kernels });
    if (options.resume) restore();
    emitState('ready');
  },
  async start() {
    gate.allow(Number.POSITIVE_INFINITY);
    void run();
  },
  async pause() {
    stop();
  },
  async stepOnce() {
    const isHeld = gate.isHeld;
    gate.allow(Number.POSITIVE_INFINITY);
    if (!isHeld) await single();
  },
  async stepPart() {
    const isHeld = gate.isHeld;
    gate.allow(1);
    if (!isHeld) void single();
  },
  twin: async () => false,
  untwin: async () => {},
  async seedPairs({ seeds, steps, ...asked }, onProgress) {
    window.fake.calls.push({ name: 'seedPairs', argument: { seeds, steps, shared: asked.shared } });
    emitState('running');
    seeding = true;
    let whole = 0;
    for (const [i, seed] of seeds.entries()) {
      for (let at = 0; at <= steps && seeding; at += 20) {
        onProgress({ pair: i + 1, pairs: seeds.length, seed, step: at, steps });
        await wait(window.fake.stepMs);
      }
      if (!seeding) break;
      window.fake.seeds.push(seed);
      whole++;
    }
    emitState('paused');
    return whole;
  },
  async reset(nextRunId) {
    stop();
    await wait(window.fake.stepMs);
    runId = nextRunId;
    step = 0;
    emit({
      type: 'ready',
      adapter: {
        vendor: 'google',
        architecture: 'swiftshader',
        description: '',
        software: true,
        f16: true,
        maxBufferBytes: 2 ** 31,
      },
      parameters: 372_480,
      memory,
      config,
    });
    emitState('ready');
  },
  async change(settings) {
    window.fake.calls.push({ name: 'change', argument: settings });
    const before = config;
    config = changeLive(config, settings);
    const changes = Object.keys(settings).map((key) => ({
      key,
      from: before[key as keyof RunConfig],
      to: config[key as keyof RunConfig],
    }));
    emit({ type: 'config', config, step: step + 1, changes, memory });
  },
  estimate: async (asked) =>
    asked.max_response_length > 1000
      ? {
          items: null,
          refused: { message: 'It needs 9 GiB.', advice: 'It fits with max_response_length 512.' },
        }
      : { items: memory, refused: null },
  async replaceDocument(document) {
    if (document.text.length < 200) {
      emit({
        type: 'error',
        code: 'document.too_short',
        message: `"${document.title}" is too short for a question.`,
        advice: 'Open a longer text.',
      });
      return;
    }
    text = document;
    emit({ type: 'document', id: document.id, given: null });
  },
  async setJudge(order, connect) {
    window.fake.calls.push({ name: 'setJudge', argument: order });
    judge = order ? connect : null;
  },
  async askJudge(requests) {
    if (!judge) return requests.map(() => ({ asked: false, reason: 'judge not loaded' }));
    return new Promise((resolve) => {
      void judge?.().then((port) => {
        port.onmessage = ({ data }) => resolve(data.results);
        port.postMessage({ id: 1, requests });
      });
    });
  },
  async rollouts(wanted) {
    const record = window.fake.records.find((other) => other.step === wanted);
    return record ? rowsOf(record) : [];
  },
  async failedStep() {
    const last = window.fake.records.at(-1);
    return last ? failedAfter(last, config) : null;
  },
  async ablate({ seeds, steps, ...asked }, onProgress) {
    window.fake.calls.push({ name: 'ablate', argument: { seeds, steps, ...asked } });
    emitState('running');
    const { results, files } = await gridFiles(config, seeds, steps);
    for (const [i, { cell }] of results.entries()) {
      const { seed, levels } = cell;
      onProgress({ cell: i + 1, cells: results.length, name: levels.join(', '), seed, step: steps, steps });
      await wait(window.fake.stepMs);
    }
    emitState('paused');
    return files;
  },
  async attention(query) {
    window.fake.calls.push({ name: 'attention', argument: query });
    const { start, end } = query.window;
    const words = [...text.text.slice(start, end).matchAll(/\s*\S+/g)];
    const layer = query.layer ?? 1;
    const evidence = window.fake.records
      .flatMap(({ groups }) => groups)
      .find(({ question, window: read }) => question === query.question && read.start === start)?.evidence;
    const looked = words.map(({ index, 0: word }) => {
      const [from, to] = [start + index, start + index + word.length];
      const isEvidence = evidence?.some((span) => span.start < to && span.end > from);
      return isEvidence ? 30 : 1 + ((index * 7 + layer) % 5) / 4;
    });
    const whole = looked.reduce((sum, value) => sum + value, 0);
    return {
      step,
      layer,
      layers: 2,
      starts: Uint32Array.from(words, ({ index }) => start + index),
      ends: Uint32Array.from(words, ({ index, 0: word }) => start + index + word.length),
      shares: Float32Array.from(looked, (value) => (0.75 * value) / whole),
      frame: 0.15,
      own: 0.1,
    };
  },
  async nextToken(query) {
    window.fake.calls.push({ name: 'nextToken', argument: query });
    const { answer, token } = query;
    // Gaps of ln 2: at T 1 each candidate is half as likely as the one before; the written token is the third.
    const ids = Uint32Array.from({ length: 512 }, (_, place) =>
      place === 2 ? answer[token] : 10_000 + place,
    );
    const first = ['the', ' a', 'written', '</think>', 'E2 82', '', '\n', ' of'].map((piece, place) => {
      const kind = place === 3 ? 'special' : place === 4 ? 'bytes' : place === 5 ? 'unused' : 'text';
      return { text: piece, kind } as const;
    });
    const logits = Float32Array.from(ids, (_, place) => -place * Math.LN2);
    return { step, ids, logits, first, own: { place: 2, ...first[2] } };
  },
  async evaluateSuites(request: SuitesRequest) {
    window.fake.calls.push({ name: 'evaluateSuites', argument: request });
    running = false;
    await wait(window.fake.stepMs);
    return fakeEvaluation(request, config.seed);
  },
  files: async () => [{ path: 'config.json', bytes: new TextEncoder().encode(JSON.stringify(config)) }],
  setHidden: async () => {},
  setStreaming: async () => {},
  close: async () => {},
};

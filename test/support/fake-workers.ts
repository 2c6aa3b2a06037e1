/**
 * @file Stands in for both workers in interface tests: speaks the protocol, trains nothing. Bundled by `fake-page.ts`
 * and put into the page before its own scripts; never part of the product.
 */
import { expose } from 'comlink';
import { serveJudge } from '../../src/reward/judge-port';
import { advanceStage, bracketOf, stageStart } from '../../src/rl/curriculum';
import { answerTerms } from '../../src/rl/policy-loss';
import { type PoolQuestion, updatePool } from '../../src/rl/retrospective';
import { changeLive, makeConfig, type RunConfig, updatesPerBatch } from '../../src/run/config';
import { type PresetName, presets } from '../../src/run/presets';
import type { RolloutRow } from '../../src/run/rollout-rows';
import { parseStages } from '../../src/run/stages-text';
import { trainerSettings } from '../../src/run/trainer-settings';
import type { LongDocument } from '../../src/tasks/types';
import type {
  AnswerView,
  GroupView,
  JudgeWorkerApi,
  LibraryApi,
  StepView,
  SuitesRequest,
  TrainerApi,
  TrainerEvent,
} from '../../workers/protocol';
import { gridFiles } from './fake-ablation';
import { fakeEvaluation } from './fake-evaluation';
import { fakeRuns } from './fake-runs';

declare global {
  interface Window {
    /** Handles of the tests on the fake engine. */
    fake: {
      emit(event: Record<string, unknown>): void;
      calls: { name: string; argument: unknown }[];
      /** Every finished step as it was sent. */
      records: StepView[];
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
let randomState = 1;
let judge: (() => Promise<MessagePort>) | null = null;
let curriculum = stageStart();
let pool: readonly PoolQuestion[] = [];
let nextIndex = 0;

window.fake = {
  emit: (event) => listener({ runId, ...event } as unknown as TrainerEvent),
  calls: [],
  records: [],
  stepMs: 60,
  software: true,
  realJudge: false,
  longTokens: 0,
};

function emit(event: object): void {
  listener({ runId, ...event } as TrainerEvent);
}

function random(): number {
  randomState = (Math.imul(randomState, 1664525) + 1013904223) >>> 0;
  return randomState / 2 ** 32;
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Any sentence of the document with a capitalised word left out. */
function makeGroup(index: number): GroupView {
  const sentences = [...text.text.matchAll(/[^.\n]*\b([A-Z][a-z]{3,})\b[^.\n]*\./g)];
  const match = sentences[Math.floor(random() * sentences.length)];
  const start = match.index + match[0].lastIndexOf(match[1]);
  const gold = match[1];
  const p = Math.min(0.9, 0.35 + step * 0.01);
  const answers = Array.from({ length: config.group_size }, (_, i) =>
    makeAnswer(gold, random() < p, index === 0 && i === 0 ? window.fake.longTokens : 0),
  );
  const rewards = answers.map((answer) => answer.score.total);
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  const std = Math.sqrt(rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (rewards.length - 1));
  for (const answer of answers) answer.advantage = std === 0 ? 0 : (answer.score.total - mean) / (std + 1e-6);
  const right = answers.filter((answer) => answer.score.correct).length;
  return {
    uid: `${step}-1-${index}`,
    step,
    questionId: `q${step}-${index}`,
    documentId: text.id,
    question: `Which word is left out: “${match[0].trim().replace(gold, '____')}”`,
    family: 'cloze',
    gold: [gold],
    window: { start: Math.max(0, start - 600), end: Math.min(text.text.length, start + 700) },
    evidence: [{ start, end: start + gold.length }],
    promptTokens: 256,
    mean,
    std,
    kept: std > 0,
    dropReason: std > 0 ? null : right > 0 ? 'all right' : 'all wrong',
    answers,
  };
}

function makeAnswer(gold: string, correct: boolean, longTokens: number): AnswerView {
  const words = [
    'The',
    ' text',
    ' names',
    ' the',
    ' word',
    ' in',
    ' the',
    ' line',
    ' after',
    ' the',
    ' harvest',
    ',',
    ' as',
    ' read',
    ' above',
    '.',
    '</think>',
    ' Therefore',
    ',',
    ' the',
    ' answer',
    ' is',
    ' ',
  ];
  const long = Array.from({ length: longTokens }, (_, i) => words[i % 15]);
  const lead = [...long, ...words.slice(Math.floor(random() * 8))];
  const said = correct ? gold : [...gold].reverse().join('');
  const tokenTexts = [...lead, ...(said.match(/.{1,2}/g) ?? []), ''];
  const count = tokenTexts.length;
  const fill = (make: () => number) => Float32Array.from({ length: count }, make);
  const isLong = random() < 0.06;
  return {
    text: tokenTexts.join(''),
    tokenTexts,
    tokens: Uint32Array.from({ length: count }, () => 3 + Math.floor(random() * 2000)),
    sampledLogprobs: fill(() => -Math.abs(normal()) * 0.9),
    oldLogprobs: null,
    newLogprobs: null,
    entropies: fill(() => Math.abs(normal()) * 0.8),
    update: 0,
    advantage: 0,
    score: {
      rule: correct ? 1 : 0,
      judge: { asked: false, reason: correct ? 'rule_right' : 'not_loaded' },
      base: correct ? 1 : 0,
      overlong: isLong ? -0.4 : 0,
      total: (correct ? 1 : 0) - (isLong ? 0.4 : 0),
      correct,
      parsed: said,
      reason: correct ? 'match' : 'mismatch',
    },
    finish: isLong ? 'length' : 'stop',
  };
}

/** The groups again, as after their updates: later ones have moved further. */
function learn(groups: GroupView[]): GroupView[] {
  const kept = groups.filter((group) => group.kept);
  const updates = updatesPerBatch(config);
  const size = Math.max(1, Math.ceil(kept.length / updates));
  return groups.map((group) => {
    const at = kept.indexOf(group);
    if (at < 0) return group;
    const update = Math.min(updates, Math.floor(at / size) + 1);
    return {
      ...group,
      answers: group.answers.map((answer) => {
        const oldLogprobs = answer.sampledLogprobs.slice();
        const drift = (update - 1) * 0.07;
        const newLogprobs = oldLogprobs.map((value) =>
          Math.min(0, value + drift * (normal() + answer.advantage * 0.7)),
        );
        return { ...answer, oldLogprobs, newLogprobs, update };
      }),
    };
  });
}

function metricsOf(groups: GroupView[]): Record<string, number> {
  const answers = groups.flatMap((group) => group.answers);
  const objective = {
    lossMode: config['policy_loss.loss_mode'],
    clipRatioLow: config.clip_ratio_low,
    clipRatioHigh: config.clip_ratio_high,
    clipRatioC: config.clip_ratio_c,
  };
  let tokens = 0;
  let low = 0;
  let high = 0;
  for (const { newLogprobs, oldLogprobs, advantage } of answers) {
    if (!newLogprobs || !oldLogprobs) continue;
    const advantages = new Float32Array(newLogprobs.length).fill(advantage);
    for (const term of answerTerms({ logprobs: newLogprobs, oldLogprobs, advantages }, objective)) {
      low += Number(term.clippedLow);
      high += Number(term.clippedHigh);
      tokens++;
    }
  }
  const dropped = (reason: GroupView['dropReason']) =>
    groups.filter((group) => group.dropReason === reason).length;
  const mean = (pick: (answer: AnswerView) => number) =>
    answers.reduce((sum, answer) => sum + pick(answer), 0) / answers.length;
  return {
    'critic/rewards/mean': mean((answer) => answer.score.total),
    'critic/score/mean': mean((answer) => answer.score.base),
    'actor/entropy': 1.4 * Math.exp(-step / 120) + 0.05 * normal(),
    'actor/ppo_kl': Math.abs(0.004 + 0.001 * normal()),
    'actor/pg_clipfrac_low': low / Math.max(1, tokens),
    'actor/pg_clipfrac_high': high / Math.max(1, tokens),
    'actor/grad_norm': 0.4 + 0.05 * Math.abs(normal()),
    'actor/pg_loss': 0.01 * normal(),
    'actor/loss': 0.01 * normal(),
    'response_length/mean': mean((answer) => answer.tokens.length),
    'response_length/min': Math.min(...answers.map((answer) => answer.tokens.length)),
    'response_length/max': Math.max(...answers.map((answer) => answer.tokens.length)),
    'critic/rewards/min': Math.min(...answers.map((answer) => answer.score.total)),
    'critic/rewards/max': Math.max(...answers.map((answer) => answer.score.total)),
    'response_length/clip_ratio': mean((answer) => Number(answer.finish === 'length')),
    'group/kept': groups.filter((group) => group.kept).length,
    'group/zero_std_frac': groups.filter((group) => group.std === 0).length / groups.length,
    'behavior/ground': Math.abs(normal()) * 0.2,
    'behavior/verify': Math.abs(normal()) * 0.1,
    'perf/total_num_tokens':
      256 * groups.length + answers.reduce((sum, { tokens }) => sum + tokens.length, 0),
    'group/dropped_all_right': dropped('all right'),
    'group/dropped_all_wrong': dropped('all wrong'),
    'group/dropped_uniform_reward': 0,
    'group/dropped_surplus': 0,
    'train/num_gen_batches': 1,
    'perf/time_per_step': window.fake.stepMs / 1000,
    'timing_s/gen': window.fake.stepMs / 2000,
    'timing_s/update_actor': window.fake.stepMs / 2000,
    'timing_s/step': window.fake.stepMs / 1000,
  };
}

async function oneStep(): Promise<void> {
  step++;
  emit({ type: 'phase', step, phase: 'rollout', round: 1, kept: 0, wanted: config.train_batch_size });
  await wait(window.fake.stepMs / 2);
  const groups = Array.from({ length: config.train_batch_size + 4 }, (_, i) => makeGroup(i));
  emit({ type: 'groups', step, groups });
  const kept = groups.filter((group) => group.kept).length;
  emit({ type: 'phase', step, phase: 'update', round: 0, kept, wanted: kept });
  await wait(window.fake.stepMs / 2);
  const learned = learn(groups);
  const metrics = metricsOf(learned);
  const stages = parseStages(config.curriculum);
  const record: StepView = {
    step,
    metrics,
    groups: learned,
    updates: updatesPerBatch(config),
    stage: null,
  };
  if (stages.length > 0) {
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
  window.fake.records.push(record);
  emit({ type: 'step', record });
  if (step % 3 === 0) {
    const [sampledReward, greedyAccuracy] = [0.3 + step / 100, 0.4 + step / 100];
    const values = { 'val-core/generated/acc/mean@8': sampledReward, 'val-core/generated/acc/pass@8': 0.7 };
    emit({ type: 'evaluation', step, questions: 64, sampledReward, greedyAccuracy, metrics: values });
  }
}

/** Lines as a run folder has them. */
function rowsOf({ step, groups, stage }: StepView): RolloutRow[] {
  return groups.flatMap((group) =>
    group.answers.map(({ text: output, score, advantage, tokens, finish }, index) => ({
      input: group.question,
      question: group.question,
      output,
      tokens: tokens.length,
      truncated: finish === 'length',
      gts: group.gold[0],
      score: score.total,
      step,
      uid: group.uid,
      index,
      rule: score.rule,
      judge: null,
      overlong_reward: score.overlong,
      advantage,
      kept: group.kept,
      drop_reason: group.dropReason,
      acc: score.correct,
      pred: score.parsed,
      stage: stage ? stage.index + 1 : null,
      pool: false,
      visits: 0,
      last_reward: null,
    })),
  );
}

async function run(): Promise<void> {
  if (running) return;
  running = true;
  emit({ type: 'state', state: 'running', step, reason: null });
  while (running) await oneStep();
  emit({ type: 'state', state: 'paused', step, reason: null });
}

const trainer: TrainerApi = {
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
    randomState = config.seed + 1;
    curriculum = stageStart();
    pool = [];
    window.fake.records = [];
    emit({ type: 'state', state: 'opening', step, reason: null });
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
    emit({ type: 'state', state: 'ready', step, reason: null });
  },
  async start() {
    void run();
  },
  async pause() {
    running = false;
  },
  async stepOnce() {
    emit({ type: 'state', state: 'running', step, reason: null });
    await oneStep();
    emit({ type: 'state', state: 'paused', step, reason: null });
  },
  twin: async () => false,
  untwin: async () => {},
  async reset(nextRunId) {
    running = false;
    await wait(window.fake.stepMs);
    runId = nextRunId;
    step = 0;
    emit({
      type: 'ready',
      adapter: { vendor: 'google', architecture: 'swiftshader', description: '', software: true },
      parameters: 372_480,
      memory,
      config,
    });
    emit({ type: 'state', state: 'ready', step, reason: null });
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
  async ablate({ seeds, steps, ...asked }, onProgress) {
    window.fake.calls.push({ name: 'ablate', argument: { seeds, steps, ...asked } });
    emit({ type: 'state', state: 'running', step, reason: null });
    const { results, files } = await gridFiles(config, seeds, steps);
    for (const [i, { cell }] of results.entries()) {
      const { seed, levels } = cell;
      onProgress({ cell: i + 1, cells: results.length, name: levels.join(', '), seed, step: steps, steps });
      await wait(window.fake.stepMs);
    }
    emit({ type: 'state', state: 'paused', step, reason: null });
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
  async evaluateSuites(request: SuitesRequest) {
    window.fake.calls.push({ name: 'evaluateSuites', argument: request });
    running = false;
    await wait(window.fake.stepMs);
    return fakeEvaluation(request, config.seed);
  },
  files: async () => [{ path: 'config.json', bytes: new TextEncoder().encode(JSON.stringify(config)) }],
  setHidden: async () => {},
  close: async () => {},
};

const library: LibraryApi = {
  async read(name, bytes, mapping) {
    const decoded = new TextDecoder().decode(bytes);
    if (name.endsWith('.jsonl') && !mapping) {
      const rows: Record<string, string>[] = decoded
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const columns = Object.keys(rows[0]);
      throw {
        code: 'import.shape',
        message: `"${name}", line 1: no context. Found keys: ${columns.join(', ')}.`,
        advice: '',
        preview: { columns, rows: rows.map((row, i) => ({ line: i + 1, cells: Object.values(row) })) },
      };
    }
    if (decoded.includes('\0'))
      throw {
        code: 'document.binary',
        message: `"${name}" is not text.`,
        advice: 'Choose a plain text file (.txt or .md) in UTF-8.',
      };
    return { id: `imported-${decoded.length}`, title: name, text: decoded, source: 'imported' };
  },
};

/** Calls an answer right that has as many letters as the gold one. */
const judgeWorker: JudgeWorkerApi = {
  async open({ plan }, onProgress) {
    for (let at = 1; at <= 4; at++) {
      onProgress({ path: 'model.onnx', bytes: at * 1e6, total: 4e6 });
      await wait(20);
    }
    if (plan.name === 'broken')
      throw { code: 'onnx.model', message: 'The model is broken.', advice: 'Choose another.' };
    return { runtime: 'wasm' };
  },
  attach: (port) =>
    serveJudge(port, {
      id: 'fake',
      judge: async (requests) =>
        requests.map(({ prediction, gold }) => {
          const verdict = prediction.length === gold.length ? 1 : 0;
          return {
            asked: true,
            verdict,
            probability: verdict ? 0.93 : 0.04,
            reply: verdict ? 'same' : 'different',
            ms: 3,
          };
        }),
    }),
};

/** What `new Worker(…)` gives in these tests: a message port with one of the fakes at its other end. */
class FakeWorker {
  private readonly port: MessagePort;
  private readonly trains: boolean;

  constructor(url: URL | string) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const name = String(url);
    const kinds = { runs: fakeRuns, library, judge: judgeWorker };
    const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find((known) => name.includes(known));
    expose(kind ? kinds[kind] : trainer, port2);
    this.trains = name.includes('trainer');
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  addEventListener(type: string, handler: EventListener): void {
    if (type === 'message') this.port.addEventListener('message', handler);
  }

  removeEventListener(type: string, handler: EventListener): void {
    this.port.removeEventListener(type, handler);
  }

  terminate(): void {
    if (this.trains) running = false;
  }
}

const RealWorker = window.Worker;

/** Called with `new`, which gives what it returns. */
function chosenWorker(url: URL | string): Worker | FakeWorker {
  const name = String(url);
  // A replay needs no GPU to be faked.
  const isReal = name.includes('replay') || (window.fake.realJudge && name.includes('judge'));
  return isReal ? new RealWorker(url, { type: 'module' }) : new FakeWorker(url);
}

window.Worker = chosenWorker as unknown as typeof Worker;

/**
 * @file Stands in for both workers in interface tests: speaks the protocol, trains nothing. Bundled by `fake-page.ts`
 * and put into the page before its own scripts; never part of the product.
 */
import { expose } from 'comlink';
import { tokenObjective } from '../../src/rl/objective';
import { changeLive, makeConfig, type RunConfig, updatesPerBatch } from '../../src/run/config';
import { type PresetName, presets } from '../../src/run/presets';
import type { LongDocument } from '../../src/tasks/types';
import type { AnswerView, GroupView, LibraryApi, TrainerApi, TrainerEvent } from '../../workers/protocol';
import { fakeRuns } from './fake-runs';

declare global {
  interface Window {
    /** Handles of the tests on the fake engine. */
    fake: {
      emit(event: Record<string, unknown>): void;
      calls: { name: string; argument: unknown }[];
      stepMs: number;
      software: boolean;
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

window.fake = {
  emit: (event) => listener({ runId, ...event } as unknown as TrainerEvent),
  calls: [],
  stepMs: 60,
  software: true,
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
  const answers = Array.from({ length: config.group_size }, () => makeAnswer(gold, random() < p));
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

function makeAnswer(gold: string, correct: boolean): AnswerView {
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
  const lead = words.slice(Math.floor(random() * 8));
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
  let tokens = 0;
  let low = 0;
  let high = 0;
  for (const { newLogprobs, oldLogprobs, advantage } of answers) {
    if (!newLogprobs || !oldLogprobs) continue;
    newLogprobs.forEach((value, t) => {
      const bounds = {
        clipRatioLow: config.clip_ratio_low,
        clipRatioHigh: config.clip_ratio_high,
        clipRatioC: config.clip_ratio_c,
      };
      const term = tokenObjective(value, oldLogprobs[t], advantage, bounds);
      low += Number(term.clippedLow);
      high += Number(term.clippedHigh);
      tokens++;
    });
  }
  const mean = (pick: (answer: AnswerView) => number) =>
    answers.reduce((sum, answer) => sum + pick(answer), 0) / answers.length;
  return {
    'critic/rewards/mean': mean((answer) => answer.score.total),
    'critic/score/mean': mean((answer) => answer.score.base),
    'actor/entropy': 1.4 * Math.exp(-step / 120) + 0.05 * normal(),
    'actor/ppo_kl': Math.abs(0.004 + 0.001 * normal()),
    'actor/pg_clipfrac_low': low / Math.max(1, tokens),
    'actor/pg_clipfrac_high': high / Math.max(1, tokens),
    'response_length/mean': mean((answer) => answer.tokens.length),
    'perf/time_per_step': window.fake.stepMs / 1000,
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
  emit({
    type: 'step',
    record: { step, metrics: metricsOf(learned), groups: learned, updates: updatesPerBatch(config) },
  });
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
    emit({ type: 'state', state: 'opening', step, reason: null });
    for (let ready = 0; ready <= 12; ready += 3) {
      emit({ type: 'opening', message: 'kernels', ready, total: 12 });
      await wait(20);
    }
    const { software } = window.fake;
    const adapter = software
      ? { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader', software }
      : { vendor: 'test', architecture: 'fake', description: '', software };
    emit({ type: 'ready', adapter, parameters: 372_480, memory, config });
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
    emit({ type: 'document', id: document.id });
  },
  files: async () => [{ path: 'config.json', bytes: new TextEncoder().encode(JSON.stringify(config)) }],
  close: async () => {},
};

const library: LibraryApi = {
  async read(name, bytes) {
    const decoded = new TextDecoder().decode(bytes);
    if (decoded.includes('\0'))
      throw {
        code: 'document.binary',
        message: `"${name}" is not text.`,
        advice: 'Choose a plain text file (.txt or .md) in UTF-8.',
      };
    return { id: `imported-${decoded.length}`, title: name, text: decoded, source: 'imported' };
  },
};

/** What `new Worker(…)` gives in these tests: a message port with one of the fakes at its other end. */
class FakeWorker {
  private readonly port: MessagePort;

  constructor(url: URL | string) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const name = String(url);
    expose(name.includes('runs') ? fakeRuns : name.includes('library') ? library : trainer, port2);
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
    running = false;
  }
}

window.Worker = FakeWorker as unknown as typeof Worker;

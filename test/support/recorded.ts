/** @file A run folder with every token's numbers, as training leaves it, and what it was made from. */
import { RunFolder } from '../../src/run/folder';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import type { AnswerView, GroupView, StepView } from '../../src/run/step-view';
import type { FileStore } from '../../src/run/store';
import { Random } from '../../src/tasks/random';
import type { LongDocument } from '../../src/tasks/types';
import { origin } from './run-fixture';
import { makeScore } from './scored';

export const recordedDocument: LongDocument = {
  id: 'd',
  title: 'A text',
  text: 'The keeper wrote INV-0417 into the ledger and closed it.',
  source: 'imported',
};

const words = ['The', ' answer', ' is', ' INV', '-0417', '.', ''];

/** A step of two groups, the second dropped, with numbers of their own. */
export function recordedView(step: number): StepView {
  const random = new Random(11, step);
  return {
    step,
    metrics: { 'critic/rewards/mean': random.float(), 'actor/entropy': random.float() },
    groups: [0, 1].map((index) => recordedGroup(step, index, index === 0, random)),
    updates: 4,
    stage: null,
    pool: [],
  };
}

function recordedGroup(step: number, index: number, kept: boolean, random: Random): GroupView {
  return {
    uid: `${step}-1-${index}`,
    step,
    questionId: `d:${step}:${index}`,
    documentId: 'd',
    question: `Which entry, ${step}?`,
    family: 'cloze',
    gold: ['INV-0417'],
    window: { start: 0, end: 40 },
    evidence: [{ start: 17, end: 25 }],
    promptTokens: 32,
    ...(kept && { promptTail: ['Answer', ':', '<think>'] }),
    mean: 0.5,
    std: 0.7,
    kept,
    dropReason: kept ? null : 'all right',
    retrospective: null,
    answers: [1, 0].map((reward) => recordedAnswer(reward, kept, random)),
  };
}

function recordedAnswer(reward: number, kept: boolean, random: Random): AnswerView {
  const values = (make: () => number) => Float32Array.from(words, make);
  const sampled = values(() => -3 * random.float());
  const old = sampled.map((value) => value - 1e-4 * random.float());
  return {
    text: words.join(''),
    tokenTexts: [...words],
    tokens: Uint32Array.from(words, (_, t) => 3 + t),
    sampledLogprobs: sampled,
    oldLogprobs: kept ? old : null,
    newLogprobs: kept ? old.map((value) => Math.min(0, value + random.float() - 0.5)) : null,
    entropies: values(() => 2 * random.float()),
    update: kept ? 2 : 0,
    advantage: reward - 0.5,
    score: makeScore(reward),
    finish: 'stop',
  };
}

interface RecordedOptions {
  steps?: number;
  config?: RunConfig;
  /** Steps that keep no tokens, as those of an older run. */
  without?: readonly number[];
}

/** @returns the views the folder was made from, by step. */
export async function writeRecorded(store: FileStore, options: RecordedOptions = {}): Promise<StepView[]> {
  const { steps = 4, config = presets.micro, without = [] } = options;
  const folder = new RunFolder(store, () => 1_790_000_000);
  await folder.begin(config, { ...origin, adapterClass: 'software: mesa llvmpipe' });
  await folder.recordDocument(1, recordedDocument);
  const views = Array.from({ length: steps }, (_, i) => recordedView(i + 1));
  for (const view of views)
    await folder.recordStep(
      { step: view.step, metrics: view.metrics, groups: [] },
      without.includes(view.step) ? null : view,
    );
  return views;
}

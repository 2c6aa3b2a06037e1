/**
 * @file One full training step at a length, through the real session: four prompts of a generated document, eight answers
 * each with their scores and advantages, old log-probs, and four mini-batch updates. The policy is narrow and untrained,
 * as length is what is shown: nothing is learned from its answers, and everything is computed.
 */
import { CodedError } from '../../errors';
import type { Gpu } from '../../gpu';
import { initialWeights } from '../../policy/initialise';
import { parameterLayout } from '../../policy/layout';
import type { PolicyConfig } from '../../policy/types';
import type { StepRecord } from '../../rl/types';
import { type Checkpoint, loadCheckpoint } from '../../run/checkpoint';
import { makeConfig } from '../../run/config';
import type { KernelChoice } from '../../run/kernel-choice';
import { describePlan } from '../../run/memory';
import { Session } from '../../run/session';
import type { RunConfig } from '../../run/settings';
import { configuredTasks } from '../../run/stage-tasks';
import { loadTokenizer } from '../../run/tokenizer-files';
import { generateDocument } from '../../tasks/documents';
import type { LongDocument } from '../../tasks/types';
import { policyStore } from '../files';
import { totalFlops, updateCost } from './cost';
import type { Findings } from './findings';
import { narrowPolicy } from './groups';

const prompts = 4;
const answers = 8;
const answerTokens = 32;
/** Template and question, beside the document window. */
const questionTokens = 256;
/** Characters of the document a window token: some seven windows. */
const documentScale = 24;
/** Windows at a document's end are shorter; other seeds draw other places. */
const seedsTried = 8;
/** Length of the end token's weights against those of others. */
const endScale = 7;

/** A peak that differs from the plan by more than 5 % becomes a fault `bench.memory` of the report. @throws CodedError. */
export async function benchLength(
  gpu: Gpu,
  kernels: KernelChoice,
  windowTokens: number,
  report: Findings,
): Promise<void> {
  const run = await runOfLength(windowTokens);
  const started = performance.now();
  const say = (text: string) =>
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(6)} s  ${text}`);
  const session = await Session.open({
    ...run,
    gpu,
    kernels,
    hooks: {
      onPhase: ({ phase, round }) => say(phase === 'update' ? `update ${round} of ${prompts} done` : phase),
      onGroups: (groups) => {
        for (const { item, answers: own } of groups)
          say(`prompt of ${item.tokens.length} tokens, answers of ${own.map(lengthOf).join(', ')}`);
      },
    },
  });
  const planned = session.memory.bytes;
  say(`planned: ${describePlan(session.memory)}`);
  const record = await session.step();
  // A run saves what it has learned, which takes memory as well.
  await session.checkpoint();
  const { buffers, queue } = session.policy;
  const peak = buffers.peakBytes + queue.peakBytes;
  await session.dispose();
  reportStep(record, { planned, peak }, run.checkpoint.config, windowTokens, report);
  say('done');
  if (Math.abs(peak / planned - 1) > 0.05)
    report.faults.push(
      new CodedError(
        'bench.memory',
        `The step took ${mib(peak)} MiB at most, and ${mib(planned)} MiB were planned.`,
        'The size functions of the buffers have fallen behind what is allocated.',
      ),
    );
}

/** Settings, document and untrained policy of a run with prompts of about `windowTokens` tokens. */
export async function runOfLength(
  windowTokens: number,
): Promise<{ config: RunConfig; document: LongDocument; checkpoint: Checkpoint }> {
  const document = generateDocument({
    seed: 20_480,
    kind: 'chronicle',
    characters: documentScale * windowTokens,
  });
  const shipped = await loadCheckpoint(await policyStore('default'), '');
  const config = fullWindows(document, shipped, windowTokens);
  const policy = {
    ...narrowPolicy,
    max_position_embeddings: config.max_prompt_length + answerTokens,
  };
  return { config, document, checkpoint: untrained(policy, config.seed, shipped) };
}

function reportStep(
  record: StepRecord,
  { planned, peak }: { planned: number; peak: number },
  policy: PolicyConfig,
  windowTokens: number,
  report: Findings,
): void {
  const { metrics, groups } = record;
  const lengths = groups.map(({ item }) => item.tokens.length);
  const figure = { part: 'length', at: `T ${windowTokens}`, runs: 1 };
  const phases = [
    ['prefill and decoding', 'gen'],
    ['scores', 'reward'],
    ['advantages', 'adv'],
    ['old log-probs', 'old_log_prob'],
    ['four updates', 'update_actor'],
    ['whole step', 'step'],
  ] as const;
  for (const [what, key] of phases)
    report.add({ ...figure, what, value: metrics[`timing_s/${key}`] ?? 0, unit: 's' });
  const flops = groups.reduce((sum, { item, answers: own }) => {
    const answerTokens = own.reduce((tokens, answer) => tokens + lengthOf(answer), 0) / own.length;
    const shape = { promptTokens: item.tokens.length, answers: own.length, answerTokens };
    return sum + totalFlops(updateCost(policy, shape).executed);
  }, 0);
  report.add(
    {
      ...figure,
      what: 'four updates, rate',
      value: flops / (metrics['timing_s/update_actor'] ?? Number.NaN) / 1e9,
      unit: 'GFLOP/s',
      note: `${(flops / 1e12).toFixed(2)} TFLOP as executed`,
    },
    {
      ...figure,
      what: 'GPU memory, peak',
      value: peak / 2 ** 20,
      unit: 'MiB',
      note: `planned ${mib(planned)} MiB, ${((100 * peak) / planned - 100).toFixed(1)} % apart`,
    },
    {
      ...figure,
      what: 'gradient norm, mean of four',
      value: metrics['actor/grad_norm'] ?? Number.NaN,
      unit: '',
      note: `prompts of ${lengths.join(', ')} tokens; ${record.updates} updates; rewards ${groups.map(({ answers: own }) => distinct(own.map(({ score }) => score.total))).join(', ')} different a group`,
    },
  );
  report.details.length = { policy, lengths, planned, peak, metrics };
}

/** Settings whose first prompts have windows of full length. */
function fullWindows(document: LongDocument, shipped: Checkpoint, windowTokens: number): RunConfig {
  const tokenizer = loadTokenizer(shipped);
  for (let seed = 1; ; seed++) {
    const config = makeConfig('micro', {
      seed,
      window_tokens: windowTokens,
      max_prompt_length: windowTokens + questionTokens,
      max_response_length: answerTokens,
      // Every length has its own penalty, so that the rewards of wrong answers differ.
      'overlong_buffer.len': answerTokens,
      group_size: answers,
      train_batch_size: prompts,
      gen_batch_size: prompts,
      mini_batch_size: 1,
      'filter_groups.enable': false,
      old_log_prob: 'released',
      'gpu.slice_ms': 200,
    });
    const tasks = configuredTasks(document, tokenizer, config, 'train');
    const full = Array.from({ length: prompts }, (_, i) => i).every(
      (i) => tasks.item(i).tokens.length >= windowTokens,
    );
    if (full || seed === seedsTried) return config;
  }
}

/** Random weights whose end token comes at many lengths. */
function untrained(
  config: PolicyConfig,
  seed: number,
  { tokenizerFiles, sampling }: Pick<Checkpoint, 'tokenizerFiles' | 'sampling'>,
): Checkpoint {
  const weights = initialWeights(config, seed);
  const d = config.hidden_size;
  const embedding = weights['model.embed_tokens.weight'];
  for (let i = 0; i < d; i++) embedding[config.eos_token_id * d + i] *= endScale;
  return {
    config,
    weights: Object.fromEntries(
      parameterLayout(config).tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
    ),
    optimizer: null,
    tokenizerFiles,
    sampling,
    trainerState: { global_step: 0, next_item: 0, optimizer_updates: 0, seed },
  };
}

function lengthOf({ rollout }: { rollout: { tokens: ArrayLike<number> } }): number {
  return rollout.tokens.length;
}

function distinct(values: readonly number[]): number {
  return new Set(values).size;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/**
 * @file Other engines beside ours on the same adapter in the same run: the train step of bench/peers in jax-js and
 * TensorFlow.js, each in a process of its own, and decoding of our weights by ONNX Runtime on WebAssembly.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Gpu } from '../../gpu';
import { GpuPolicy, type WeightTensors } from '../../policy/gpu-policy';
import type { PolicyConfig, TrainGroup } from '../../policy/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { repositoryRoot } from '../files';
import type { Figure, Findings } from './findings';
import { benchOnnxDecoding } from './peers-onnx';
import { verdict } from './report';
import { timeInTurns } from './timing';

/** What bench/peers/model.mjs exports. */
interface PeerModel {
  shape: {
    width: number;
    hidden: number;
    layers: number;
    heads: number;
    vocabulary: number;
    epsilon: number;
    theta: number;
  };
  optimizer: { lr: number; beta1: number; beta2: number; epsilon: number; weightDecay: number };
  parameterShapes(): Record<string, number[]>;
  initialValues(name: string, size: number): Float32Array;
  tokens(count: number): { inputs: Int32Array; targets: Int32Array };
}

/** The line that bench/peers/run.mjs prints. */
interface PeerRun {
  firstMs: number;
  medianMs: number;
  tokensPerSecond: number;
  losses: number[];
}

const engines = [
  { name: 'jax', title: 'jax-js' },
  { name: 'tfjs', title: 'TensorFlow.js' },
] as const;
/** Losses of the first step that differ by more were not computed by the same model. */
const lossTolerance = 1e-4;

export interface PeerOptions {
  /** Lengths of the train step. */
  lengths: readonly number[];
  /** Tokens before the decoded ones. */
  context: number;
  repeats: number;
  /** A peer that takes longer is given up. */
  limitMs: number;
}

export async function benchPeers(
  gpu: Gpu,
  kernels: KernelChoice,
  { lengths, context, repeats, limitMs }: PeerOptions,
  report: Findings,
): Promise<void> {
  const folder = join(repositoryRoot(), 'bench/peers');
  const model = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'model.mjs')).href)) as PeerModel;
  const installed = existsSync(join(folder, 'node_modules'));
  const details: Record<string, unknown> = {};
  for (const count of lengths) {
    const ours = await trainStep(gpu, kernels, model, count, repeats);
    const at = `T ${count}`;
    const speed = (count / ours.medianMs) * 1000;
    const figure = { part: 'peers', at, unit: 'tokens/s', runs: repeats };
    report.add({
      ...figure,
      what: 'train step, Longview',
      value: speed,
      note: `first step ${(ours.firstMs / 1000).toFixed(1)} s, loss ${ours.losses[0].toFixed(5)}`,
    });
    details[`train ${count} longview`] = ours;
    for (const { name, title } of engines) {
      const what = `train step, ${title}`;
      if (!installed) {
        report.add(absent(what, at, 'not installed: npm ci --prefix bench/peers'));
        continue;
      }
      console.error(`peers: ${title} at ${count} tokens`);
      const peer = await runPeer(folder, name, count, repeats, limitMs);
      if (typeof peer === 'string') {
        report.add(absent(what, at, peer));
        continue;
      }
      details[`train ${count} ${name}`] = peer;
      const apart = Math.abs(peer.losses[0] - ours.losses[0]) / ours.losses[0];
      report.add({
        ...figure,
        what,
        value: peer.tokensPerSecond,
        note: `${verdict(speed, peer.tokensPerSecond)}; first step ${(peer.firstMs / 1000).toFixed(1)} s${apart < lossTolerance ? '' : `; ITS LOSS DIFFERS by ${apart.toExponential(1)}`}`,
      });
    }
  }
  details.decoding = await benchOnnxDecoding(gpu, kernels, context, repeats, report);
  report.details.peers = details;
}

function absent(what: string, at: string, note: string): Figure {
  return { part: 'peers', what, at, value: Number.NaN, unit: 'tokens/s', runs: 0, note };
}

/** The comparison's train step in our engine: one sequence, the loss of every next token. */
async function trainStep(gpu: Gpu, kernels: KernelChoice, model: PeerModel, count: number, repeats: number) {
  const config = configOf(model, count);
  const { optimizer } = model;
  const begin = performance.now();
  const policy = await GpuPolicy.create(gpu, config, weightsOf(model), {
    slicing: { sliceMs: 100 },
    linear: kernels.linear,
  });
  const { inputs, targets } = model.tokens(count);
  const group: TrainGroup = {
    promptTokens: Uint32Array.of(inputs[0]),
    answers: [
      {
        tokens: Uint32Array.from(targets),
        oldLogprobs: new Float32Array(count),
        advantage: 0,
        weights: new Float32Array(count).fill(1 / count),
      },
    ],
  };
  const losses: number[] = [];
  const step = async () => {
    const { loss } = await policy.update(
      [group],
      {
        kind: 'supervised',
        temperature: 1,
        clipRatioLow: 0,
        clipRatioHigh: 0,
        clipRatioC: 0,
        klCoef: 0,
        klType: 'k3',
        entropyCoef: 0,
      },
      {
        learningRate: optimizer.lr,
        beta1: optimizer.beta1,
        beta2: optimizer.beta2,
        epsilon: optimizer.epsilon,
        weightDecay: optimizer.weightDecay,
        maxGradNorm: 0,
      },
    );
    losses.push(loss);
    await policy.idle();
  };
  await step();
  const firstMs = performance.now() - begin;
  const [{ samples, medianMs }] = await timeInTurns([step], repeats);
  await policy.dispose();
  return { firstMs, medianMs, samples, losses };
}

function configOf({ shape }: PeerModel, count: number): PolicyConfig {
  return {
    model_type: 'longview',
    vocab_size: shape.vocabulary,
    hidden_size: shape.width,
    intermediate_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    rms_norm_eps: shape.epsilon,
    rope_theta: shape.theta,
    max_position_embeddings: count + 1,
    tie_word_embeddings: false,
    attention_bias: false,
    canon_kernel: 0,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
  };
}

/** The peers' weights under our names: theirs stand as [inputs, outputs], and several products in one. */
function weightsOf(model: PeerModel): WeightTensors {
  const { width: d, hidden: f, layers } = model.shape;
  const shapes = model.parameterShapes();
  const values = (name: string) =>
    model.initialValues(
      name,
      shapes[name].reduce((product, n) => product * n, 1),
    );
  /** Columns [begin, end) of [inputs, outputs] as rows. */
  const columns = (name: string, begin: number, end: number): Float32Array => {
    const [inputs, outputs] = shapes[name];
    const all = values(name);
    const part = new Float32Array((end - begin) * inputs);
    for (let o = begin; o < end; o++)
      for (let i = 0; i < inputs; i++) part[(o - begin) * inputs + i] = all[i * outputs + o];
    return part;
  };
  const weights: WeightTensors = {
    'model.embed_tokens.weight': values('embedding'),
    'model.norm.weight': values('norm'),
    'lm_head.weight': columns('head', 0, model.shape.vocabulary),
  };
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    Object.assign(weights, {
      [`${at}.input_layernorm.weight`]: values(`norm1.${layer}`),
      [`${at}.self_attn.q_proj.weight`]: columns(`qkv.${layer}`, 0, d),
      [`${at}.self_attn.k_proj.weight`]: columns(`qkv.${layer}`, d, 2 * d),
      [`${at}.self_attn.v_proj.weight`]: columns(`qkv.${layer}`, 2 * d, 3 * d),
      [`${at}.self_attn.o_proj.weight`]: columns(`output.${layer}`, 0, d),
      [`${at}.post_attention_layernorm.weight`]: values(`norm2.${layer}`),
      [`${at}.mlp.gate_proj.weight`]: columns(`gateUp.${layer}`, 0, f),
      [`${at}.mlp.up_proj.weight`]: columns(`gateUp.${layer}`, f, 2 * f),
      [`${at}.mlp.down_proj.weight`]: columns(`down.${layer}`, 0, d),
    });
  }
  return weights;
}

/** One peer in a process of its own; in words what went wrong. */
async function runPeer(
  folder: string,
  engine: string,
  count: number,
  repeats: number,
  limitMs: number,
): Promise<PeerRun | string> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(folder, 'run.mjs'), engine, String(count), String(repeats)],
      { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 },
    );
    const line = stdout
      .trim()
      .split('\n')
      .findLast((text) => text.startsWith('{'));
    return line ? (JSON.parse(line) as PeerRun) : 'printed no result';
  } catch (cause) {
    const { killed, stderr, message } = cause as { killed?: boolean; stderr?: string; message: string };
    if (killed) return `gave no result within ${limitMs / 1000} s`;
    const words = (stderr || message)
      .trim()
      .split('\n')
      .findLast((text) => /error/i.test(text));
    return `failed: ${(words ?? message).slice(0, 100)}`;
  }
}

/** @file Decoding of the same weights by our engine and by ONNX Runtime on WebAssembly, greedily, behind the same context. */
import type { Gpu } from '../../gpu';
import { initialWeights } from '../../policy/initialise';
import { parameterLayout } from '../../policy/layout';
import type { Tensors } from '../../policy/safetensors';
import type { PolicyConfig } from '../../policy/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { type DecoderState, OnnxDecoder } from '../../run/onnx/decoder';
import { policyToOnnx } from '../../run/onnx/policy-graph';
import { defaultPolicy } from '../default-policy';
import type { Findings } from './findings';
import { openPolicy, randomGroup, rollout } from './groups';
import { verdict } from './report';
import { timed, timeInTurns } from './timing';

/** Tokens whose decoding is timed. */
const steps = 32;
/** Tokens of the context that are read in one call. */
const chunk = 256;

/** One answer, and eight side by side. @returns all samples. */
export async function benchOnnxDecoding(
  gpu: Gpu,
  kernels: KernelChoice,
  context: number,
  repeats: number,
  report: Findings,
): Promise<unknown> {
  const config = { ...defaultPolicy, max_position_embeddings: context + steps + 1 };
  const prompt = randomGroup(config, { promptTokens: context, answers: 0, answerTokens: 1 }).promptTokens;
  const decoder = await OnnxDecoder.open({
    model: policyToOnnx(config, shapedWeights(config)),
    provider: { name: 'wasm' },
  });
  const read = await readContext(decoder, prompt);
  const details: Record<string, unknown> = {};
  for (const rows of [1, 8]) {
    const shape = { promptTokens: context, answers: rows, answerTokens: steps + 1 };
    const { policy } = await openPolicy(gpu, config, kernels, shape);
    const group = randomGroup(config, shape);
    const start = await repeatRows(read, rows);
    const [long, short, onnx] = await timeInTurns(
      [
        () => rollout(policy, group, rows, steps + 1),
        () => rollout(policy, group, rows, 1),
        () => decode(decoder, start),
      ],
      repeats,
    );
    await policy.dispose();
    const ours = timed(long.samples.map((ms, i) => ms - short.samples[i]));
    const speed = (ms: number) => ((rows * steps) / ms) * 1000;
    const figure = { part: 'peers', at: `T ${context}, G ${rows}`, unit: 'tokens/s', runs: repeats };
    report.add(
      { ...figure, what: 'decoding, Longview', value: speed(ours.medianMs) },
      {
        ...figure,
        what: 'decoding, ONNX Runtime (WebAssembly, 1 thread)',
        value: speed(onnx.medianMs),
        note: verdict(speed(ours.medianMs), speed(onnx.medianMs)),
      },
    );
    details[rows] = { ours: ours.samples, onnx: onnx.samples };
  }
  await decoder.close();
  return details;
}

function shapedWeights(config: PolicyConfig): Tensors {
  const weights = initialWeights(config, 1);
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
  );
}

async function readContext(decoder: OnnxDecoder, prompt: Uint32Array): Promise<DecoderState> {
  let state = decoder.start();
  for (let at = 0; at < prompt.length; at += chunk)
    state = (await decoder.extend(state, [prompt.subarray(at, at + chunk)])).state;
  return state;
}

/** The state of one row as that of `rows` rows: what a runtime without a shared prompt has to keep. */
async function repeatRows({ length, past }: DecoderState, rows: number): Promise<DecoderState> {
  const { Tensor } = await import('onnxruntime-web');
  const repeated = [...past].map(([name, tensor]) => {
    const one = tensor.data as Float32Array;
    const all = new Float32Array(one.length * rows);
    for (let row = 0; row < rows; row++) all.set(one, row * one.length);
    return [name, new Tensor('float32', all, [rows, ...tensor.dims.slice(1)])] as const;
  });
  return { rows, length, past: new Map(repeated) };
}

/** `steps` greedy tokens in every row. */
async function decode(decoder: OnnxDecoder, start: DecoderState): Promise<void> {
  let state = start;
  let tokens = Array.from({ length: start.rows }, (_, row) => [7 + row]);
  for (let step = 0; step < steps; step++) {
    const { logits, vocabulary, state: next } = await decoder.extend(state, tokens);
    if (state !== start) decoder.release(state);
    state = next;
    tokens = Array.from({ length: start.rows }, (_, row) => [
      largestAt(logits.subarray(row * vocabulary, (row + 1) * vocabulary)),
    ]);
  }
  decoder.release(state);
}

function largestAt(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

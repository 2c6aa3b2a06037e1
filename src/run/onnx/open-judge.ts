/** @file From a folder with a model to a judge, on what computes it. */
import { asCodedError, CodedError } from '../../errors';
import { isSoftware } from '../../gpu';
import type { OpenJudge } from '../../reward/guarded-judge';
import type { JudgePlan } from '../judge-plan';
import type { RunConfig } from '../settings';
import type { FileStore } from '../store';
import { ChatModel } from './chat-model';
import { chatModelJudge } from './chat-model-judge';
import { createEmbeddedJudge } from './embedded-judge';
import type { SessionRequest } from './runtime';

export interface OpenedJudge {
  judge: OpenJudge;
  /** What computes it. */
  runtime: SessionRequest['provider']['name'];
}

/**
 * Loads the model in `store`.
 * @param device the one that trains, where `judge_device` is `shared`.
 * @throws CodedError `judge.device`, `chat.*`, `onnx.*`, `store.*`.
 */
export async function openJudge(
  store: FileStore,
  plan: JudgePlan,
  where: RunConfig['judge_device'],
  device: GPUDevice | null = null,
): Promise<OpenedJudge> {
  const gpu = globalThis.navigator?.gpu;
  switch (where) {
    case 'wasm':
      return openOn(store, plan, { name: 'wasm' });
    case 'webgpu':
      if (!gpu) throw noGpu('there is no WebGPU for it here');
      return openOn(store, plan, { name: 'webgpu' });
    case 'shared':
      if (!device) throw noGpu('nothing trains on a GPU here');
      return openOn(store, plan, { name: 'webgpu', device });
    case 'auto': {
      const adapter = gpu ? await gpu.requestAdapter().catch(() => null) : null;
      // Where a processor plays the GPU, WebAssembly is many times faster than its shaders.
      if (!adapter || isSoftware(adapter.info)) return openOn(store, plan, { name: 'wasm' });
      try {
        return await openOn(store, plan, { name: 'webgpu' });
      } catch (error) {
        // A file that is missing or broken is so everywhere.
        if (!/^(onnx|internal)/.test(asCodedError(error).code)) throw error;
        return openOn(store, plan, { name: 'wasm' });
      }
    }
  }
  return where satisfies never;
}

async function openOn(
  store: FileStore,
  { name, kind, verdict }: JudgePlan,
  provider: SessionRequest['provider'],
): Promise<OpenedJudge> {
  switch (kind) {
    case 'chat': {
      const judge = chatModelJudge(await ChatModel.open(store, { provider }), name, verdict);
      return { judge, runtime: provider.name };
    }
    case 'pair':
      return { judge: await createEmbeddedJudge(store, { provider }), runtime: provider.name };
  }
  return kind satisfies never;
}

function noGpu(why: string): CodedError {
  return new CodedError(
    'judge.device',
    `The judge cannot compute as asked: ${why}.`,
    'Set judge_device to auto.',
  );
}

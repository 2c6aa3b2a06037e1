/**
 * @file The one door to ONNX Runtime Web. It is loaded at the first call and from local files only.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { asCodedError, CodedError } from '../../errors';

export type Ort = typeof import('onnxruntime-web');

export interface SessionRequest {
  model: Uint8Array;
  /** Weights kept beside the model, by the path the model knows them under. */
  externalData?: readonly { path: string; data: Uint8Array }[];
  /** WebGPU computes on `device`, or on one of its own. */
  provider: { name: 'wasm' } | { name: 'webgpu'; device?: GPUDevice };
}

export interface OpenSession {
  ort: Ort;
  session: InferenceSession;
}

let loading: Promise<Ort> | null = null;

/**
 * Loads the runtime once. One thread: it then needs no cross-origin isolation, and a result does not depend on how many
 * cores there are.
 * @throws CodedError `onnx.runtime`.
 */
function loadRuntime(): Promise<Ort> {
  loading ??= (async () => {
    // In Node only WebAssembly exists; the browser file knows WebGPU too, so that one file serves both there.
    const ort = import.meta.env.SSR
      ? await import('onnxruntime-web')
      : await import('onnxruntime-web/webgpu');
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.proxy = false;
    ort.env.logLevel = 'error';
    return ort;
  })();
  loading.catch(() => {
    loading = null;
  });
  return loading.catch((cause: unknown) => {
    throw new CodedError(
      'onnx.runtime',
      `ONNX Runtime could not be loaded: ${asCodedError(cause).message}.`,
      'Reload the page; training goes on without it.',
      { cause },
    );
  });
}

/**
 * Makes a session for a model file.
 * @throws CodedError `onnx.runtime`, `onnx.model` where the file is broken, of an unknown opset, or too large for memory.
 */
export async function openOnnx({ model, externalData, provider }: SessionRequest): Promise<OpenSession> {
  const ort = await loadRuntime();
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      externalData,
      // Errors only: it warns whenever a shape is computed on the CPU, which is as it should be.
      logSeverityLevel: 3,
      // What one call computes stays on the GPU for the next.
      preferredOutputLocation: provider.name === 'webgpu' ? 'gpu-buffer' : 'cpu',
    });
    return { ort, session };
  } catch (cause) {
    throw new CodedError(
      'onnx.model',
      `ONNX Runtime refuses the model: ${asCodedError(cause).message}`,
      'Choose another ONNX file, or a smaller one.',
      { cause },
    );
  }
}

/** Frees what a tensor holds on the GPU. */
export function releaseTensor(tensor: Tensor): void {
  if (tensor.location !== 'cpu') tensor.dispose();
}

/**
 * @file The device: adapter choice, limits, features, and how failure is noticed.
 *
 * Kernels run on WebGPU's default limits; what the adapter offers beyond them is asked for by name and used only
 * to hold longer buffers. Any uncaptured error is fatal: a dropped submit reads as zeros, and training would go on
 * silently wrong.
 */
import { CodedError } from '../errors';

const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

export interface AdapterSummary {
  vendor: string;
  architecture: string;
  description: string;
  /** A CPU pretending to be a GPU: correct, slow. */
  software: boolean;
  /** 16-bit floats in shaders; absent where nobody knows, as in a recording. */
  f16?: boolean;
  /** Longest buffer, bytes; absent likewise. */
  maxBufferBytes?: number;
}

export interface DeviceOptions {
  /** Ask for no limit above the defaults and no optional feature: the weakest device the specification allows. */
  defaultsOnly?: boolean;
}

/** What every device offers. */
const defaultMaxBufferBytes = 2 ** 28;

/** How long after a refused wait a loss is heard of at the latest. */
const lossDelayMs = 100;

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|\bcpu\b|warp|basic render/i;

/** An open device and the single place where its health is known. */
export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterSummary;
  /** Rejects when the device is lost or a GPU error was reported; never resolves. */
  readonly failed: Promise<never>;
  /** Set while submitted work still waits in a queue: does `action` after it. */
  later: ((action: () => void) => void) | null = null;
  private failure: CodedError | null = null;
  private reject: (error: CodedError) => void = () => {};
  private closed = false;

  constructor(device: GPUDevice, adapter: AdapterSummary) {
    this.device = device;
    this.adapter = adapter;
    this.failed = new Promise<never>((_, reject) => {
      this.reject = reject;
    });
    // A rejection nobody awaits yet must not end the process; every later wait races this promise.
    this.failed.catch(() => {});
    device.addEventListener('uncapturederror', (event) => {
      const message = (event as GPUUncapturedErrorEvent).error.message;
      this.fail(
        new CodedError(
          'gpu.error',
          `The GPU refused a command: ${message}`,
          'The run has stopped; resume from the last checkpoint.',
        ),
      );
    });
    void device.lost.then((info) => {
      if (this.closed) return;
      this.fail(
        new CodedError(
          'gpu.lost',
          `The GPU was reset (${info.reason}): ${info.message}`,
          'Resume from the last checkpoint; if it happens again, lower the GPU duty.',
        ),
      );
    });
  }

  /** Records the first failure and wakes every waiter. */
  fail(error: CodedError): void {
    if (this.failure) return;
    this.failure = error;
    this.reject(error);
  }

  /** Throws the failure if there was one. */
  check(): void {
    if (this.failure) throw this.failure;
    if (this.closed) throw new CodedError('gpu.closed', 'The GPU device was closed.', 'Open it again.');
  }

  /** Whether the device is of no more use: lost, or stopped by an error. */
  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** Waits for `work`, or throws as soon as the device fails. */
  async guard<T>(work: Promise<T>): Promise<T> {
    // Where the device has failed already nobody waits for the work, which fails too.
    work.catch(() => {});
    this.check();
    const result = await Promise.race([work, this.failed]).catch(async (error) => {
      // A lost device refuses what it was asked for before it tells of the loss.
      await Promise.race([this.failed, new Promise((resolve) => setTimeout(resolve, lossDelayMs))]);
      throw error;
    });
    this.check();
    return result;
  }

  /** Destroys the device; buffers and pending work go with it. */
  close(): void {
    this.closed = true;
    this.device.destroy();
  }
}

/**
 * Opens the high-performance adapter.
 * @throws CodedError `gpu.none` (no WebGPU), `gpu.insecure`, `gpu.no_adapter`, `gpu.limits`.
 */
export async function openGpu(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Gpu> {
  if (!gpu) {
    const insecure = typeof isSecureContext !== 'undefined' && !isSecureContext;
    if (insecure)
      throw new CodedError(
        'gpu.insecure',
        'WebGPU needs https:// or http://localhost.',
        'Open the page over https or from localhost.',
      );
    throw new CodedError(
      'gpu.none',
      'This browser has no WebGPU.',
      'Use Chrome or Edge 113 or newer on a desktop, or `npm start -- --software`.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new CodedError(
      'gpu.no_adapter',
      'WebGPU is on but no GPU was offered.',
      'Open chrome://gpu and look for WebGPU, or run `npm start -- --software` for a software GPU.',
    );
  }
  const info = adapter.info;
  const summary: AdapterSummary = {
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description || info.device,
    software: isSoftware(info),
    f16: !options.defaultsOnly && adapter.features.has('shader-f16'),
    maxBufferBytes: options.defaultsOnly ? defaultMaxBufferBytes : adapter.limits.maxBufferSize,
  };
  const requiredLimits: Record<string, number> = {};
  if (!options.defaultsOnly) for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = options.defaultsOnly
    ? []
    : wantedFeatures.filter((name) => adapter.features.has(name));
  try {
    const device = await adapter.requestDevice({
      requiredLimits,
      requiredFeatures: requiredFeatures as GPUFeatureName[],
    });
    return new Gpu(device, summary);
  } catch (cause) {
    throw new CodedError(
      'gpu.limits',
      'The GPU did not grant a device.',
      'Close other tabs that use the GPU, or restart the browser.',
      { cause },
    );
  }
}

/** Whether a processor stands in for a GPU. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  const { isFallbackAdapter } = info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  return (
    isFallbackAdapter === true ||
    softwareNames.test(`${info.architecture} ${info.description} ${info.device}`)
  );
}

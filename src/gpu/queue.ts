/**
 * @file Recording and submission. Dispatches are collected into one compute pass and submitted in *slices*: when the
 * estimated work since the last submit passes the slice budget, the slice goes to the GPU, so that the page stays
 * smooth and no driver watchdog fires. At most `maxInFlight` slices wait on the GPU.
 */
import { CodedError } from '../errors';
import type { Slice } from './buffers';
import type { Gpu } from './device';
import { type Kernel, type Kernels, type ParamValues, packParams, paramSlotBytes } from './kernel';

type ParamTypes = Kernel['params'];

const ringSlots = 2048;
/** Bytes of the uniform ring. */
export const paramRingBytes = ringSlots * paramSlotBytes;
const maxInFlight = 3;
/** Read-back buffers kept for the next reads. */
const keptReadBacks = 8;
/** First slice: about 5 ms on a slow integrated GPU. */
const firstSliceFlops = 1e8;
const maxSliceFlops = 2e12;

export interface QueueOptions {
  /** Time one slice should take; adaptive, so it is met on average. */
  sliceMs?: number;
}

/** Records dispatches for one device. */
export class Queue {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
  sliceMs: number;
  /** Dispatches recorded since the queue was made. */
  dispatches = 0;
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private ring: GPUBuffer;
  private ringGroup: GPUBindGroup;
  private ringData = new ArrayBuffer(paramRingBytes);
  private ringView = new DataView(this.ringData);
  private used = 0;
  private sliceFlops = firstSliceFlops;
  private recordedFlops = 0;
  private inFlight: Promise<void>[] = [];
  private staging: GPUBuffer[] = [];
  /** Bytes of the uniform ring and the read-back buffers, beside those that `Buffers` counts. */
  liveBytes = 0;
  peakBytes = 0;

  constructor(gpu: Gpu, kernels: Kernels, options: QueueOptions = {}) {
    this.gpu = gpu;
    this.kernels = kernels;
    this.sliceMs = options.sliceMs ?? 16;
    this.ring = gpu.device.createBuffer({
      label: 'params',
      size: paramRingBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.count(paramRingBytes);
    this.ringGroup = gpu.device.createBindGroup({
      label: 'params',
      layout: kernels.paramLayout,
      entries: [{ binding: 0, resource: { buffer: this.ring, offset: 0, size: paramSlotBytes } }],
    });
  }

  /**
   * Records one dispatch.
   * @param workgroups grid in workgroups; see `grid` for folding long one-dimensional grids.
   * @param flops estimate of the work, for slicing.
   */
  run<P extends ParamTypes>(
    kernel: Kernel<P>,
    slices: readonly Slice[],
    params: ParamValues<P>,
    workgroups: readonly [number, number?, number?],
    flops = 0,
  ): void {
    const [x, y = 1, z = 1] = workgroups;
    if (x === 0 || y === 0 || z === 0) return;
    if (this.used === ringSlots) this.submit();
    const { pipeline, group } = this.kernels.bind(kernel as unknown as Kernel, slices);
    const offset = this.used * paramSlotBytes;
    packParams(kernel, params, this.ringView, offset);
    this.used++;
    if (!this.pass) {
      this.encoder ??= this.gpu.device.createCommandEncoder();
      this.pass = this.encoder.beginComputePass();
    }
    this.pass.setPipeline(pipeline);
    this.pass.setBindGroup(0, group);
    this.pass.setBindGroup(1, this.ringGroup, [offset]);
    this.pass.dispatchWorkgroups(x, y, z);
    this.dispatches++;
    this.recordedFlops += flops;
    if (this.recordedFlops >= this.sliceFlops) this.submit();
  }

  /** Work a dispatch that can be cut should put into one piece. */
  get sliceBudgetFlops(): number {
    return this.sliceFlops;
  }

  /** Records a copy of `bytes` between two slices. */
  copy(from: Slice, fromOffset: number, to: Slice, toOffset: number, bytes: number): void {
    this.outsidePass().copyBufferToBuffer(
      from.buffer,
      from.offset + fromOffset,
      to.buffer,
      to.offset + toOffset,
      bytes,
    );
  }

  /** Records zeroing of a slice. */
  clear(slice: Slice): void {
    this.outsidePass().clearBuffer(slice.buffer, slice.offset, slice.size);
  }

  private outsidePass(): GPUCommandEncoder {
    this.pass?.end();
    this.pass = null;
    this.encoder ??= this.gpu.device.createCommandEncoder();
    return this.encoder;
  }

  /** Sends what is recorded to the GPU. */
  submit(): void {
    if (!this.encoder) return;
    this.gpu.check();
    const { queue } = this.gpu.device;
    this.pass?.end();
    if (this.used > 0) queue.writeBuffer(this.ring, 0, this.ringData, 0, this.used * paramSlotBytes);
    queue.submit([this.encoder.finish()]);
    const flops = this.recordedFlops;
    const submitted = performance.now();
    const before = this.inFlight.at(-1) ?? Promise.resolve();
    this.inFlight.push(
      queue.onSubmittedWorkDone().then(async () => {
        await before;
        const ms = performance.now() - Math.max(submitted, this.lastDoneAt);
        this.lastDoneAt = performance.now();
        this.adapt(flops, ms);
      }),
    );
    this.encoder = null;
    this.pass = null;
    this.used = 0;
    this.recordedFlops = 0;
  }

  private lastDoneAt = 0;

  /** Moves the slice budget towards `sliceMs`, at most doubling at a time. */
  private adapt(flops: number, ms: number): void {
    if (flops < this.sliceFlops / 4) return;
    const ratio = Math.min(2, Math.max(0.25, this.sliceMs / Math.max(ms, 0.1)));
    this.sliceFlops = Math.min(maxSliceFlops, Math.max(1e6, this.sliceFlops * ratio));
  }

  /** Submits, and waits while too many slices are on the GPU; the worker can hear messages meanwhile. */
  async pace(): Promise<void> {
    this.submit();
    while (this.inFlight.length > maxInFlight) await this.gpu.guard(this.inFlight.shift() as Promise<void>);
    this.gpu.check();
  }

  /** Submits and waits until the GPU is idle. */
  async idle(): Promise<void> {
    this.submit();
    while (this.inFlight.length > 0) await this.gpu.guard(this.inFlight.shift() as Promise<void>);
  }

  /** Reads `bytes` of a slice back to the CPU after everything recorded so far. */
  async read(slice: Slice, bytes: number = slice.size): Promise<ArrayBuffer> {
    const size = Math.ceil(bytes / 4) * 4;
    const staging = this.takeStaging(size);
    this.copy(slice, 0, staging, 0, size);
    this.submit();
    await this.gpu.guard(staging.buffer.mapAsync(GPUMapMode.READ, 0, size));
    const result = staging.buffer.getMappedRange(0, size).slice(0, bytes);
    staging.buffer.unmap();
    if (this.staging.length < keptReadBacks) this.staging.push(staging.buffer);
    else this.discard(staging.buffer);
    return result;
  }

  async readFloats(slice: Slice, count: number = slice.size / 4): Promise<Float32Array> {
    return new Float32Array(await this.read(slice, count * 4));
  }

  async readUints(slice: Slice, count: number = slice.size / 4): Promise<Uint32Array> {
    return new Uint32Array(await this.read(slice, count * 4));
  }

  /** The shortest free buffer that is long enough, or a new one. */
  private takeStaging(size: number): Slice {
    let best = -1;
    this.staging.forEach((buffer, i) => {
      if (buffer.size >= size && (best < 0 || buffer.size < this.staging[best].size)) best = i;
    });
    if (best >= 0) return { buffer: this.staging.splice(best, 1)[0], offset: 0, size };
    const buffer = this.gpu.device.createBuffer({
      label: 'read-back',
      size: readBackBytes(size),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.count(buffer.size);
    return { buffer, offset: 0, size };
  }

  private count(bytes: number): void {
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }

  private discard(buffer: GPUBuffer): void {
    this.count(-buffer.size);
    buffer.destroy();
  }

  /** Frees what the queue owns. Call when idle. */
  dispose(): void {
    this.discard(this.ring);
    for (const buffer of this.staging) this.discard(buffer);
    this.staging = [];
  }
}

/** Bytes of the buffer that a read of `bytes` goes through: rounded up, so that reads of like length share it. */
export function readBackBytes(bytes: number): number {
  const mebibyte = 2 ** 20;
  if (bytes > mebibyte) return Math.ceil(bytes / mebibyte) * mebibyte;
  return Math.max(65536, 2 ** Math.ceil(Math.log2(bytes)));
}

/** Folds a one-dimensional grid of `count` workgroups into two dimensions of at most 65,535. */
export function grid(count: number): [number, number] {
  if (count <= 65535) return [count, 1];
  const y = Math.ceil(count / 65535);
  return [Math.ceil(count / y), y];
}

/** Fails with `gpu.nonfinite` if a value is NaN or infinite. */
export function assertFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw new CodedError(
      'train.nonfinite',
      `${name} became ${value}.`,
      'Continue from the last checkpoint with half the learning rate.',
    );
  }
}

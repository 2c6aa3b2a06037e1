/**
 * @file Recording and submission. What is recorded forms one ordered stream of commands, sent to the GPU in *slices*
 * (slice-budget.ts). At most `maxInFlight` slices are on the GPU; what is recorded beyond them waits here, and work
 * that can be cut is cut when its turn comes, by the budget of that moment. Recording never waits.
 */
import { asCodedError } from '../errors';
import type { Slice } from './buffers';
import type { Gpu } from './device';
import { type Kernel, type Kernels, type ParamValues, packParams, paramSlotBytes } from './kernel';
import { SliceBudget, type SliceOptions } from './slice-budget';

type ParamTypes = Kernel['params'];
type Workgroups = readonly [number, number?, number?];

const ringSlots = 2048;
/** Bytes of the uniform ring. */
export const paramRingBytes = ringSlots * paramSlotBytes;
const maxInFlight = 3;
/** Read-back buffers kept for the next reads. */
const keptReadBacks = 8;

/** One dispatch of a kernel. */
export interface Piece<P extends ParamTypes = ParamTypes> {
  params: ParamValues<P>;
  /** Grid in workgroups; see `grid` for folding long one-dimensional grids. */
  workgroups: Workgroups;
  /** Estimate of the work. */
  flops: number;
}

/** Dispatches of one kernel on the same buffers: `next`, which a slice may have had no room for, then `pieces`. */
interface DispatchCommand {
  kernel: Kernel;
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  next: Piece | null;
  /** Null for a single dispatch. */
  pieces: Iterator<Piece> | null;
}

type Command =
  | DispatchCommand
  /** A copy or a clearing, which ends the compute pass. */
  | { encode: (encoder: GPUCommandEncoder) => void }
  /** Runs once everything before it is submitted. */
  | { call: () => void };

/** Records dispatches for one device. */
export class Queue {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
  readonly budget: SliceBudget;
  /** Dispatches and slices sent since the queue was made. */
  dispatches = 0;
  slices = 0;
  /**
   * Milliseconds this thread spent on recording since the queue was made: from the first command of a synchronous stretch
   * of code to its end, so with the reckoning of whoever records, and without any wait.
   */
  recordingMs = 0;
  /** The clock of `recordingMs`. */
  recordingClock: () => number = () => performance.now();
  private recording = false;
  /** Gives each dispatch a pass of its own with these timestamps; set by the profiler. */
  timestamps: ((label: string) => GPUComputePassTimestampWrites) | null = null;
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private ring: GPUBuffer;
  private ringGroup: GPUBindGroup;
  private ringData = new ArrayBuffer(paramRingBytes);
  private ringView = new DataView(this.ringData);
  private used = 0;
  private recordedFlops = 0;
  /** Commands not yet encoded: those from `backlogAt` on. */
  private backlog: Command[] = [];
  private backlogAt = 0;
  private inFlight = 0;
  private lastDoneAt = 0;
  private rest: ReturnType<typeof setTimeout> | null = null;
  private waiters: { until: () => boolean; resolve: () => void }[] = [];
  private staging: GPUBuffer[] = [];
  /** Bytes of the uniform ring and the read-back buffers, beside those that `Buffers` counts. */
  liveBytes = 0;
  peakBytes = 0;
  /** Milliseconds in which submitted work was on the GPU or waited for it there. */
  busyMs = 0;

  constructor(gpu: Gpu, kernels: Kernels, options: SliceOptions = {}) {
    this.gpu = gpu;
    this.kernels = kernels;
    this.budget = new SliceBudget(options);
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
    workgroups: Workgroups,
    flops = 0,
  ): void {
    const [x, y = 1, z = 1] = workgroups;
    if (x === 0 || y === 0 || z === 0) return;
    this.addDispatches(kernel, slices, { params: { ...params } as Piece['params'], workgroups, flops }, null);
  }

  /**
   * Records work that can be cut: one dispatch a piece, in order. The pieces are asked for one by one as the GPU takes
   * them, so a generator that reads `sliceBudgetFlops` cuts by the budget of that moment.
   */
  runPieces<P extends ParamTypes>(
    kernel: Kernel<P>,
    slices: readonly Slice[],
    pieces: Iterable<Piece<P>>,
  ): void {
    this.addDispatches(kernel, slices, null, (pieces as Iterable<Piece>)[Symbol.iterator]());
  }

  private addDispatches<P extends ParamTypes>(
    kernel: Kernel<P>,
    slices: readonly Slice[],
    next: Piece | null,
    pieces: Iterator<Piece> | null,
  ): void {
    const plain = kernel as unknown as Kernel;
    const { pipeline, group } = this.kernels.bind(plain, slices);
    this.add({ kernel: plain, pipeline, group, next, pieces });
  }

  /** Work a dispatch that can be cut should put into one piece. */
  get sliceBudgetFlops(): number {
    return this.budget.flops;
  }

  /** Records a copy of `bytes` between two slices. */
  copy(from: Slice, fromOffset: number, to: Slice, toOffset: number, bytes: number): void {
    const [source, target] = [from.offset + fromOffset, to.offset + toOffset];
    this.add({
      encode: (encoder) => encoder.copyBufferToBuffer(from.buffer, source, to.buffer, target, bytes),
    });
  }

  /** Records zeroing of a slice. */
  clear(slice: Slice): void {
    this.add({ encode: (encoder) => encoder.clearBuffer(slice.buffer, slice.offset, slice.size) });
  }

  /**
   * What is recorded goes to the GPU as soon as it has room, even if the slice is not full; writes and frees of buffers
   * that follow come after it.
   */
  submit(): void {
    this.later(() => {});
  }

  private add(command: Command): void {
    this.countRecording();
    this.backlog.push(command);
    this.pump();
  }

  private countRecording(): void {
    if (this.recording) return;
    this.recording = true;
    const begin = this.recordingClock();
    // Runs as soon as the code that records has returned, or waits.
    queueMicrotask(() => {
      this.recordingMs += this.recordingClock() - begin;
      this.recording = false;
    });
  }

  private get drained(): boolean {
    return this.backlogAt === this.backlog.length;
  }

  /** Encodes and submits commands while the GPU has room. */
  private pump(): void {
    while (!this.drained && this.hasRoom()) {
      if (!this.execute(this.backlog[this.backlogAt])) continue;
      this.backlogAt++;
      if (this.drained) this.backlog.length = this.backlogAt = 0;
    }
    this.orderOthers();
    if (this.waiters.length === 0) return;
    for (const waiter of this.waiters) if (waiter.until()) waiter.resolve();
    this.waiters = this.waiters.filter(({ until }) => !until());
  }

  /** While commands wait here, writes and frees of buffers wait behind them. */
  private orderOthers(): void {
    if (!this.drained) this.gpu.later = this.later;
    else if (this.gpu.later === this.later) this.gpu.later = null;
  }

  private readonly later = (action: () => void) => this.add({ call: action });

  private hasRoom(): boolean {
    return this.rest === null && this.inFlight < (this.budget.duty < 1 ? 1 : maxInFlight);
  }

  /** Returns whether the command is done; where it may not be, a slice was submitted and the GPU may be full. */
  private execute(command: Command): boolean {
    if ('encode' in command) {
      this.pass?.end();
      this.pass = null;
      this.encoder ??= this.gpu.device.createCommandEncoder();
      command.encode(this.encoder);
      return true;
    }
    if ('call' in command) {
      this.submitSlice();
      command.call();
      return true;
    }
    for (;;) {
      const piece = command.next ?? command.pieces?.next().value;
      if (!piece) return true;
      command.next = piece;
      const { flops } = piece;
      const full = this.recordedFlops > 0 && this.recordedFlops + flops > this.budget.flops;
      if (full || this.used === ringSlots) {
        this.submitSlice();
        return false;
      }
      this.dispatch(command, piece);
      command.next = null;
      if (this.recordedFlops >= this.budget.flops) {
        this.submitSlice();
        return false;
      }
    }
  }

  private dispatch({ kernel, pipeline, group }: DispatchCommand, piece: Piece): void {
    const [x, y = 1, z = 1] = piece.workgroups;
    const offset = this.used * paramSlotBytes;
    packParams(kernel, piece.params, this.ringView, offset);
    this.used++;
    if (!this.pass) {
      this.encoder ??= this.gpu.device.createCommandEncoder();
      this.pass = this.encoder.beginComputePass({ timestampWrites: this.timestamps?.(kernel.label) });
    }
    this.pass.setPipeline(pipeline);
    this.pass.setBindGroup(0, group);
    this.pass.setBindGroup(1, this.ringGroup, [offset]);
    this.pass.dispatchWorkgroups(x, y, z);
    this.dispatches++;
    this.recordedFlops += piece.flops;
    if (this.timestamps) {
      this.pass.end();
      this.pass = null;
    }
  }

  private submitSlice(): void {
    if (!this.encoder) return;
    this.gpu.check();
    const { queue } = this.gpu.device;
    this.pass?.end();
    if (this.used > 0) queue.writeBuffer(this.ring, 0, this.ringData, 0, this.used * paramSlotBytes);
    queue.submit([this.encoder.finish()]);
    const flops = this.recordedFlops;
    const submitted = performance.now();
    this.encoder = null;
    this.pass = null;
    this.used = 0;
    this.recordedFlops = 0;
    this.slices++;
    this.inFlight++;
    const done = () => this.sliceDone(flops, submitted);
    queue.onSubmittedWorkDone().then(done, done);
  }

  private sliceDone(flops: number, submitted: number): void {
    const now = performance.now();
    const ms = now - Math.max(submitted, this.lastDoneAt);
    this.lastDoneAt = now;
    this.inFlight--;
    this.busyMs += ms;
    this.budget.measured(flops, ms);
    const restMs = this.budget.restMs(ms);
    if (restMs > 0) {
      this.rest ??= setTimeout(() => {
        this.rest = null;
        this.pumpLater();
      }, restMs);
    }
    this.pumpLater();
  }

  /** As `pump`, outside any caller: what goes wrong ends every wait on the device. */
  private pumpLater(): void {
    this.countRecording();
    try {
      this.pump();
    } catch (error) {
      this.gpu.fail(asCodedError(error));
    }
  }

  /** Waits for a state of the queue, or throws as soon as the device fails. */
  private async until(state: () => boolean): Promise<void> {
    this.gpu.check();
    if (!state())
      await this.gpu.guard(new Promise<void>((resolve) => this.waiters.push({ until: state, resolve })));
    this.gpu.check();
  }

  /** Submits, and waits until everything recorded has gone to the GPU; the worker can hear messages meanwhile. */
  async pace(): Promise<void> {
    this.submit();
    await this.until(() => this.drained);
  }

  /** Submits and waits until the GPU is idle. */
  async idle(): Promise<void> {
    this.submit();
    await this.until(() => this.drained && this.inFlight === 0);
  }

  /** Reads `bytes` of a slice back to the CPU after everything recorded so far. */
  async read(slice: Slice, bytes: number = slice.size): Promise<ArrayBuffer> {
    const size = Math.ceil(bytes / 4) * 4;
    const staging = this.takeStaging(size);
    this.copy(slice, 0, staging, 0, size);
    await this.gpu.guard(new Promise<void>((resolve) => this.later(resolve)));
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
    if (this.rest !== null) clearTimeout(this.rest);
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

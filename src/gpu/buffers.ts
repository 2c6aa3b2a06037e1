/**
 * @file Buffers and their accounting in bytes. Allocation happens inside out-of-memory scopes: an allocation that
 * failed ends the run with `gpu.oom` instead of reading as zeros.
 */
import { CodedError } from '../errors';
import type { Gpu } from './device';

/** A byte range of a buffer, as a kernel binding takes it. Offsets are multiples of 256. */
export interface Slice {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

const bindingAlignment = 256;

/** `bytes` rounded up to the next binding offset. */
export function alignBytes(bytes: number): number {
  return Math.ceil(bytes / bindingAlignment) * bindingAlignment;
}

/** Creates, counts and frees the buffers of one device. */
export class Buffers {
  readonly gpu: Gpu;
  liveBytes = 0;
  peakBytes = 0;
  private sizes = new Map<GPUBuffer, number>();
  private pending: Promise<void>[] = [];

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /**
   * A zeroed storage buffer of at least `bytes` (rounded up to 16), also usable as copy source and target.
   * @throws CodedError `gpu.bad_size` on sizes that are not finite and positive, `gpu.limits` above the device's limit.
   */
  storage(label: string, bytes: number, usage: number = 0): Slice {
    if (!Number.isFinite(bytes) || bytes <= 0) {
      throw new CodedError(
        'gpu.bad_size',
        `Buffer ${label} was asked for with ${bytes} bytes.`,
        'Check the lengths in the settings.',
      );
    }
    const size = Math.ceil(bytes / 16) * 16;
    const limit = Math.min(
      this.gpu.device.limits.maxBufferSize,
      this.gpu.device.limits.maxStorageBufferBindingSize,
    );
    if (size > limit) {
      throw new CodedError(
        'gpu.limits',
        `Buffer ${label} needs ${size} bytes; this GPU offers ${limit}.`,
        'Use preset micro, fewer prompts a step, or a shorter context.',
      );
    }
    const { device } = this.gpu;
    device.pushErrorScope('out-of-memory');
    const buffer = device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST | usage,
    });
    this.pending.push(
      device.popErrorScope().then((error) => {
        if (error) {
          this.gpu.fail(
            new CodedError(
              'gpu.oom',
              `Out of GPU memory while allocating ${label}, ${size} bytes.`,
              'Halve the group size or shorten the context; the last checkpoint is safe.',
            ),
          );
        }
      }),
    );
    this.sizes.set(buffer, size);
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return { buffer, offset: 0, size };
  }

  /** A storage buffer that holds a copy of `data`. */
  from(label: string, data: Float32Array | Uint32Array): Slice {
    const slice = this.storage(label, Math.max(16, data.byteLength));
    this.write(slice, data);
    return slice;
  }

  /** Writes `data` at the slice's start, after the work submitted so far. */
  write(slice: Slice, data: Float32Array | Uint32Array, offsetBytes = 0): void {
    const { device, later } = this.gpu;
    const put = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
      device.queue.writeBuffer(slice.buffer, slice.offset + offsetBytes, buffer, byteOffset, byteLength);
    if (later) {
      const copy = data.slice();
      later(() => put(copy));
    } else put(data);
  }

  /** Frees a buffer once the work submitted so far has gone to the GPU. */
  free(slice: Slice): void {
    const destroy = () => {
      const size = this.sizes.get(slice.buffer);
      if (size === undefined) return;
      this.sizes.delete(slice.buffer);
      this.liveBytes -= size;
      slice.buffer.destroy();
    };
    if (this.gpu.later) this.gpu.later(destroy);
    else destroy();
  }

  /** Waits until every allocation so far is known to have succeeded. @throws CodedError `gpu.oom`. */
  async settle(): Promise<void> {
    const pending = this.pending;
    this.pending = [];
    await this.gpu.guard(Promise.all(pending));
  }
}

/** The part [offset, offset + size) of a slice; `offset` must be a multiple of 256 bytes to be bindable. */
export function sub(slice: Slice, offset: number, size: number): Slice {
  return { buffer: slice.buffer, offset: slice.offset + offset, size };
}

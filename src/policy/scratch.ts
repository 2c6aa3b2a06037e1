/**
 * @file Scratch: named buffers that live as long as the policy. A buffer grows when a larger batch comes and is never
 * given back between steps, so that a run of equal batches allocates nothing.
 */
import type { Buffers, Queue, Slice } from '../gpu';

export class Scratch {
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly slices = new Map<string, Slice>();

  constructor(buffers: Buffers, queue: Queue) {
    this.buffers = buffers;
    this.queue = queue;
  }

  /** The buffer `name`, at least `floats` long; its content is undefined. */
  floats(name: string, floats: number): Slice {
    const bytes = Math.max(16, floats * 4);
    const found = this.slices.get(name);
    if (found && found.size >= bytes) return found;
    if (found) {
      // Recorded commands may still name the old buffer: they have to leave before it is destroyed.
      this.queue.submit();
      this.buffers.free(found);
    }
    const made = this.buffers.storage(name, found ? Math.ceil(bytes * 1.5) : bytes);
    this.slices.set(name, made);
    return made;
  }

  /**
   * The buffer `name` holding `data` at its start. The write is ordered before work recorded later,
   * so what is recorded already is submitted first.
   */
  upload(name: string, data: Float32Array | Uint32Array): Slice {
    const slice = this.floats(name, data.length);
    if (data.length > 0) {
      this.queue.submit();
      this.buffers.write(slice, data);
    }
    return slice;
  }

  dispose(): void {
    for (const slice of this.slices.values()) this.buffers.free(slice);
    this.slices.clear();
  }
}

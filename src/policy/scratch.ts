/**
 * @file Scratch: named buffers in groups that live as long as the policy. A buffer grows when a larger batch comes and
 * is never given back between steps, so that a run of equal batches allocates nothing.
 */
import { type Buffers, type Queue, type Slice, storageBytes } from '../gpu';

/** Bytes of the buffers of one group, by name. */
export type Sizes<K extends string = string> = Readonly<Record<K, number>>;

/** Bytes by group and name. */
export type ScratchSizes = Readonly<Record<string, Sizes>>;

export class Scratch {
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly slices = new Map<string, Slice>();

  constructor(buffers: Buffers, queue: Queue) {
    this.buffers = buffers;
    this.queue = queue;
  }

  /** The buffers of a group, each at least as long as asked for; their content is what the last user left there. */
  take<K extends string>(group: string, sizes: Sizes<K>): Record<K, Slice> {
    const names = Object.keys(sizes) as K[];
    return Object.fromEntries(
      names.map((name) => [name, this.grown(`${group}.${name}`, sizes[name])]),
    ) as Record<K, Slice>;
  }

  /** Writes `data` at the start of a slice, after everything recorded so far and before what is recorded later. */
  write(slice: Slice, data: Float32Array | Uint32Array): void {
    if (data.length === 0) return;
    this.queue.submit();
    this.buffers.write(slice, data);
  }

  /** Makes the buffers exactly these, before any batch asks for them. Nothing in them outlives the call. */
  reserve(sizes: ScratchSizes): void {
    const wanted = new Map<string, number>(
      Object.entries(sizes).flatMap(([group, names]) =>
        Object.entries(names).map(([name, bytes]) => [`${group}.${name}`, storageBytes(bytes)]),
      ),
    );
    this.queue.submit();
    for (const [key, slice] of this.slices) {
      if (wanted.get(key) === slice.size) continue;
      this.buffers.free(slice);
      this.slices.delete(key);
    }
    for (const [key, bytes] of wanted) this.grown(key, bytes);
  }

  dispose(): void {
    for (const slice of this.slices.values()) this.buffers.free(slice);
    this.slices.clear();
  }

  private grown(key: string, bytes: number): Slice {
    const found = this.slices.get(key);
    if (found && found.size >= bytes) return found;
    if (found) {
      // Recorded commands may still name the old buffer: they have to leave before it is destroyed.
      this.queue.submit();
      this.buffers.free(found);
    }
    const made = this.buffers.storage(key, storageBytes(found ? bytes * 1.5 : bytes));
    this.slices.set(key, made);
    return made;
  }
}

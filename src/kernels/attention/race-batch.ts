/** @file One batch of training attention on fixed inputs, for the race: a role recorded again and again, or checked once. */
import type { Buffers, Queue, Slice } from '../../gpu';
import { type AttentionShape, keyRowFloats, qkvRowFloats } from '../shared/attention-shape';
import { distance, waves } from '../shared/race-values';
import { attentionBackwardKV, attentionBackwardQ, attentionForward } from './attention';
import { attentionBackwardReference, attentionForwardReference } from './attention.reference';
import { type GroupLengths, layoutGroups } from './segments';
import { type AttentionWork, buildAttentionTiles, uploadAttentionTiles } from './tiles';
import type { AttentionRole } from './variants';

type Name = 'q' | 'k' | 'v' | 'dO' | 'o' | 'ld' | 'newLd' | 'dQ' | 'dK' | 'dV';

export class RaceAttention {
  private readonly groups: readonly GroupLengths[];
  private readonly shape: AttentionShape;
  private readonly window: number | null;
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly rows: number;
  private readonly work: AttentionWork;
  private readonly slices: Record<Name, Slice>;
  private known: ReturnType<RaceAttention['reference']> | null = null;

  constructor(
    groups: readonly GroupLengths[],
    shape: AttentionShape,
    buffers: Buffers,
    queue: Queue,
    window: number | null = null,
  ) {
    this.groups = groups;
    this.shape = shape;
    this.window = window;
    this.buffers = buffers;
    this.queue = queue;
    const segments = layoutGroups(groups);
    this.rows = segments.at(-1)?.end ?? 0;
    this.work = uploadAttentionTiles(buffers, buildAttentionTiles(segments, shape, window));
    const own = this.rows * shape.heads * shape.headDim;
    const keys = this.rows * keyRowFloats(shape);
    const input = (name: string, count: number, seed: number) =>
      buffers.from(`race.${name}`, waves(count, seed));
    const output = (name: string, count: number) => buffers.storage(`race.${name}`, count * 4);
    this.slices = {
      q: input('q', own, 1),
      k: input('k', keys, 2),
      v: input('v', keys, 3),
      dO: input('dO', own, 4),
      // Log-sums as the reference has them belong to `error`; the clock asks for no particular ones.
      ld: buffers.from('race.ld', new Float32Array(this.rows * shape.heads * 2).fill(20)),
      o: output('o', own),
      newLd: output('newLd', this.rows * shape.heads * 2),
      dQ: output('dQ', own),
      dK: output('dK', keys),
      dV: output('dV', keys),
    };
  }

  record(role: AttentionRole): void {
    const { queue, work, shape } = this;
    const { q, k, v, dO, o, ld, newLd, dQ, dK, dV } = this.slices;
    const qkv = { q, k, v };
    switch (role) {
      case 'forward':
        attentionForward(queue, qkv, o, newLd, work, shape);
        break;
      case 'backward_q':
        attentionBackwardQ(queue, qkv, dO, ld, dQ, work, shape);
        break;
      case 'backward_kv':
        attentionBackwardKV(queue, qkv, dO, ld, { k: dK, v: dV }, work, shape);
        break;
      default:
        role satisfies never;
    }
  }

  /** ‖result − expected‖ / ‖expected‖ of all that the role writes; NaN where one is NaN. Meant for small batches. */
  async error(role: AttentionRole): Promise<number> {
    const { buffers, queue, slices } = this;
    this.known ??= this.reference();
    const { expected, terms } = this.known;
    buffers.write(slices.ld, terms);
    const results = { forward: ['o', 'newLd'], backward_q: ['dQ'], backward_kv: ['dK', 'dV'] } as const;
    for (const name of results[role])
      buffers.write(slices[name], new Float32Array(slices[name].size / 4).fill(Number.NaN));
    this.record(role);
    const errors: number[] = [];
    for (const name of results[role]) {
      const all = await queue.readFloats(slices[name], expected[name].length * (name === 'newLd' ? 2 : 1));
      // D is not written by the forward kernel.
      const own = name === 'newLd' ? all.filter((_, i) => i % 2 === 0) : all;
      errors.push(distance(own, expected[name]));
    }
    return Math.max(...errors);
  }

  /** What each role should write, and the (L2, D) that the backward roles read. */
  private reference() {
    const { rows, shape } = this;
    const { heads, headDim, kvHeads } = shape;
    const own = heads * headDim;
    const keys = kvHeads * headDim;
    const width = qkvRowFloats(shape);
    const [q, k, v, dO] = [
      waves(rows * own, 1),
      waves(rows * keys, 2),
      waves(rows * keys, 3),
      waves(rows * own, 4),
    ];
    const packed = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      packed.set(q.subarray(row * own, (row + 1) * own), row * width);
      packed.set(k.subarray(row * keys, (row + 1) * keys), row * width + own);
      packed.set(v.subarray(row * keys, (row + 1) * keys), row * width + own + keys);
    }
    const segments = layoutGroups(this.groups);
    const window = this.window ?? undefined;
    const { o, l2 } = attentionForwardReference(packed, rows, segments, shape, window);
    const gradient = attentionBackwardReference(packed, dO, rows, segments, shape, window);
    const take = (from: number, count: number) =>
      Float64Array.from(
        { length: rows * count },
        (_, i) => gradient[Math.floor(i / count) * width + from + (i % count)],
      );
    const terms = new Float32Array(rows * heads * 2);
    for (let i = 0; i < rows * heads; i++) {
      terms[2 * i] = l2[i];
      let d = 0;
      for (let c = 0; c < headDim; c++) d += o[i * headDim + c] * dO[i * headDim + c];
      terms[2 * i + 1] = d;
    }
    const expected = { o, newLd: l2, dQ: take(0, own), dK: take(own, keys), dV: take(own + keys, keys) };
    return { expected, terms };
  }

  /** Frees the buffers. Call when the queue is idle. */
  free(): void {
    for (const slice of [...Object.values(this.slices), this.work.queryTable, this.work.keyTable])
      this.buffers.free(slice);
  }
}

/**
 * @file The race of the products with 16-bit weights: a small odd shape against the float64 reference, then decoding's by
 * the clock. The weights it is checked with are 16-bit floats to begin with, so that rounding them is no excuse.
 */
import { CodedError } from '../../errors';
import {
  Buffers,
  type Candidate,
  type Gpu,
  Kernels,
  Queue,
  type RaceResult,
  race,
  type Slice,
  winner,
} from '../../gpu';
import { distance, waves } from '../shared/race-values';
import { linearForwardReference } from './linear.reference';
import {
  linearPackedForward,
  type PackedVariant,
  packedBytes,
  packedKernelsWith,
  packedRunsOn,
  packedVariants,
  packWeights,
} from './packed';
import type { LinearSize } from './race-products';

/**
 * What a product may be off by. In f32 sums of a few hundred products stay far below, and one wrong element among thousands
 * is far above. In f16 inputs, products and sums of four are rounded to eleven bits, half a unit each: 1.4e-4 is found.
 */
const tolerances = { f32: 1e-5, f16: 1e-3 };
/** Sides that no tile divides. */
const oddSize: LinearSize = [13, 36, 68];
const timedSize: LinearSize = [8, 128, 512];
/** Weights before the product's own in the packed buffer. */
const ahead = 64;

/**
 * The fastest variant on this adapter, among those that it can run.
 * @throws CodedError `gpu.wrong_numbers` where none gives right numbers, `gpu.lost`.
 */
export async function racePacked(
  gpu: Gpu,
  {
    capMs,
    variants = packedVariants,
    size = timedSize,
  }: { capMs: number; variants?: readonly PackedVariant[]; size?: LinearSize },
): Promise<{ name: string; results: RaceResult[] }> {
  const kernels = new Kernels(gpu);
  const buffers = new Buffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 50 });
  try {
    const odd = new PackedProduct(oddSize, buffers, queue);
    const timed = new PackedProduct(size, buffers, queue);
    const able = variants.filter((variant) => packedRunsOn(gpu, variant));
    const candidates = able.map((variant): Candidate => {
      // Queues use what was chosen last, so each turn begins with the choice.
      const choose = () => packedKernelsWith(kernels, variant);
      return {
        name: variant.name,
        tolerance: tolerances[variant.arithmetic],
        prepare: () => kernels.prepare(choose()),
        error: () => odd.error(),
        record: () => {
          choose();
          timed.record(false);
        },
      };
    });
    const results = await race(gpu, queue, candidates, {
      tolerance: tolerances.f32,
      capMs,
      rounds: 3,
      outOfRace: 2,
    });
    const name = winner(results);
    if (name === null)
      throw new CodedError(
        'gpu.wrong_numbers',
        'No product with 16-bit weights gives right numbers on this GPU.',
        'Set `rollout.weights` to f32.',
      );
    await queue.idle();
    odd.free();
    timed.free();
    return { name, results };
  } finally {
    await queue.idle();
    queue.dispose();
  }
}

class PackedProduct {
  private readonly shape: { rows: number; inputs: number; outputs: number };
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly values: Record<'x' | 'weights' | 'bias', Float32Array>;
  private readonly slices: Record<'x' | 'weights' | 'bias' | 'packed' | 'y', Slice>;

  constructor([rows, inputs, outputs]: LinearSize, buffers: Buffers, queue: Queue) {
    this.shape = { rows, inputs, outputs };
    this.buffers = buffers;
    this.queue = queue;
    const count = ahead + inputs * outputs;
    this.values = {
      x: waves(rows * inputs, 1),
      // Eight bits behind the point.
      weights: waves(count, 2).map((value) => Math.round(value * 256) / 256),
      bias: waves(outputs, 3),
    };
    this.slices = {
      x: buffers.from('race.x', this.values.x),
      weights: buffers.from('race.weights', this.values.weights),
      bias: buffers.from('race.bias', this.values.bias),
      packed: buffers.storage('race.packed', packedBytes(count)),
      y: buffers.storage('race.y', rows * outputs * 4),
    };
  }

  record(accumulate: boolean): void {
    const { x, packed, bias, y } = this.slices;
    linearPackedForward(this.queue, x, packed, ahead, accumulate ? bias : null, y, {
      ...this.shape,
      accumulate,
    });
  }

  /** As of `RaceProduct`: of the product, and of the product added to itself. */
  async error(): Promise<number> {
    const { rows, inputs, outputs } = this.shape;
    const { weights, packed, y } = this.slices;
    this.buffers.write(y, new Float32Array(rows * outputs).fill(Number.NaN));
    packWeights(this.queue, weights, packed, ahead + inputs * outputs);
    this.record(false);
    const once = await this.queue.readFloats(y, rows * outputs);
    this.record(true);
    const twice = await this.queue.readFloats(y, rows * outputs);
    const own = this.values.weights.subarray(ahead);
    const reference = linearForwardReference(this.values.x, own, null, this.shape);
    const doubled = reference.map((value, i) => 2 * value + this.values.bias[i % outputs]);
    return Math.max(distance(once, reference), distance(twice, doubled));
  }

  /** Frees the buffers. Call when the queue is idle. */
  free(): void {
    for (const slice of Object.values(this.slices)) this.buffers.free(slice);
  }
}

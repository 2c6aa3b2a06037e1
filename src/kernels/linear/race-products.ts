/** @file One product of the linear layer on fixed inputs, for the race: recorded again and again, or checked once. */
import type { Buffers, Queue, Slice } from '../../gpu';
import { distance, waves } from '../shared/race-values';
import { linearBackwardInput, linearBackwardWeight, linearForward, weightPartialsBytes } from './linear';
import {
  linearBackwardInputReference,
  linearBackwardWeightReference,
  linearForwardReference,
} from './linear.reference';
import type { LinearRole } from './variants';

/** rows, inputs, outputs. */
export type LinearSize = readonly [number, number, number];

export class RaceProduct {
  private readonly role: LinearRole;
  private readonly shape: { rows: number; inputs: number; outputs: number };
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly values: Record<'left' | 'right' | 'bias', Float32Array>;
  private readonly slices: Record<'left' | 'right' | 'bias' | 'result' | 'partials', Slice>;

  constructor(role: LinearRole, [rows, inputs, outputs]: LinearSize, buffers: Buffers, queue: Queue) {
    this.role = role;
    this.shape = { rows, inputs, outputs };
    this.buffers = buffers;
    this.queue = queue;
    const forward = role !== 'input' && role !== 'weight';
    // forward: X, W; input: dY, W; weight: dY, X.
    this.values = {
      left: waves(rows * (forward ? inputs : outputs), 1),
      right: waves(role === 'weight' ? rows * inputs : inputs * outputs, 2),
      bias: waves(outputs, 3),
    };
    this.slices = {
      left: buffers.from('race.left', this.values.left),
      right: buffers.from('race.right', this.values.right),
      bias: buffers.from('race.bias', this.values.bias),
      result: buffers.storage('race.result', this.resultFloats * 4),
      partials: buffers.storage('race.partials', weightPartialsBytes(rows, inputs, outputs)),
    };
  }

  /** Floating-point operations of one `record`. */
  get flops(): number {
    return 2 * this.shape.rows * this.shape.inputs * this.shape.outputs;
  }

  private get resultFloats(): number {
    const { rows, inputs, outputs } = this.shape;
    if (this.role === 'weight') return inputs * outputs;
    return rows * (this.role === 'input' ? inputs : outputs);
  }

  record(accumulate = false): void {
    const { queue, shape, role } = this;
    const { left, right, bias, result, partials } = this.slices;
    const whole = { ...shape, accumulate };
    switch (role) {
      case 'input':
        linearBackwardInput(queue, left, right, result, whole);
        break;
      case 'weight':
        linearBackwardWeight(queue, left, right, partials, result, whole);
        break;
      case 'forward':
      case 'decode':
      case 'decode_few':
        linearForward(queue, left, right, accumulate ? bias : null, result, whole);
        break;
      default:
        role satisfies never;
    }
  }

  /** ‖result − expected‖ / ‖expected‖ of the product, and of the product added to itself; NaN where one is NaN. */
  async error(): Promise<number> {
    const poison = new Float32Array(this.resultFloats).fill(Number.NaN);
    this.buffers.write(this.slices.result, poison);
    this.record();
    const once = await this.queue.readFloats(this.slices.result, this.resultFloats);
    this.record(true);
    const twice = await this.queue.readFloats(this.slices.result, this.resultFloats);
    const { shape, role } = this;
    const { left, right, bias } = this.values;
    const reference =
      role === 'input'
        ? linearBackwardInputReference(left, right, shape)
        : role === 'weight'
          ? linearBackwardWeightReference(left, right, shape)
          : linearForwardReference(left, right, null, shape);
    const withBias = role !== 'input' && role !== 'weight';
    const doubled = reference.map((value, i) => 2 * value + (withBias ? bias[i % shape.outputs] : 0));
    return Math.max(distance(once, reference), distance(twice, doubled));
  }

  /** Frees the buffers. Call when the queue is idle. */
  free(): void {
    for (const slice of Object.values(this.slices)) this.buffers.free(slice);
  }
}

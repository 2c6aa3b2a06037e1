/** @file What stands on the GPU as a checkpoint, and back: weights, optimiser moments, reference policy. */
import { CodedError } from '../errors';
import type { GpuPolicy, WeightTensors } from '../policy/gpu-policy';
import type { Tensors } from '../policy/safetensors';
import { type Checkpoint, weightsOf } from './checkpoint';

/** What a checkpoint says besides what is read from the GPU. */
interface Kept extends Pick<Checkpoint, 'config' | 'tokenizerFiles' | 'sampling'> {
  /** The trainer's state beside an optimiser of so many updates. */
  state(updates: number): Checkpoint['trainerState'];
}

/** Reads everything needed to go on from here. Call between steps. */
export async function takeCheckpoint(policy: GpuPolicy, kept: Kept): Promise<Checkpoint> {
  const { state, ...rest } = kept;
  const shaped = (weights: WeightTensors): Tensors =>
    Object.fromEntries(
      policy.layout.tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
    );
  const weights = shaped(await policy.readWeights());
  const moments = await policy.readOptimizer();
  const optimizer: Tensors = {};
  for (const [name, { shape }] of Object.entries(weights)) {
    optimizer[`m.${name}`] = { shape, data: moments.m[name] };
    optimizer[`v.${name}`] = { shape, data: moments.v[name] };
  }
  const reference = await policy.readReference();
  return {
    ...rest,
    weights,
    optimizer,
    ...(reference && { reference: shaped(reference) }),
    trainerState: state(moments.step),
  };
}

/** Optimiser and reference policy as they were. @throws CodedError `checkpoint.no_optimizer`. */
export function loadOptimizer(policy: GpuPolicy, { optimizer, reference, trainerState }: Checkpoint): void {
  if (reference) policy.loadReference(weightsOf(reference));
  // Before the first update all moments are zero, as those of a fresh policy.
  if (!optimizer && trainerState.optimizer_updates === 0 && trainerState.global_step === 0) return;
  if (!optimizer) {
    throw new CodedError(
      'checkpoint.no_optimizer',
      'This checkpoint holds no optimiser state.',
      'Start a new run from its weights instead.',
    );
  }
  const part = (prefix: string): WeightTensors =>
    Object.fromEntries(policy.layout.tensors.map(({ name }) => [name, optimizer[`${prefix}.${name}`]?.data]));
  policy.loadOptimizer({ step: trainerState.optimizer_updates, m: part('m'), v: part('v') });
}

/** @file The activations of one layer over a batch: scratch buffers that all layers share. */
import type { Slice } from '../gpu';
import { rmsNormStatisticsBytes } from '../kernels/rms-norm/rms-norm';
import type { Scratch } from './scratch';
import type { PolicyConfig } from './types';

/** Rows are tokens; see the file header of transformer.ts for what each stands for. */
export interface Activations {
  statistics1: Slice;
  norm1: Slice;
  canon1: Slice;
  qkv: Slice;
  o: Slice;
  ld: Slice;
  middle: Slice;
  statistics2: Slice;
  norm2: Slice;
  canon2: Slice;
  gateUp: Slice;
  activated: Slice;
}

/** @param qkv where the packed QKV rows go instead of the shared buffer, for a prefill that keeps them. */
export function layerActivations(
  scratch: Scratch,
  config: PolicyConfig,
  qkvFloats: number,
  rows: number,
  qkv?: Slice,
): Activations {
  const { hidden_size: d, intermediate_size: f, canon_kernel: taps, num_attention_heads: heads } = config;
  const norm1 = scratch.floats('norm1', rows * d);
  const norm2 = scratch.floats('norm2', rows * d);
  return {
    statistics1: scratch.floats('statistics1', rmsNormStatisticsBytes(rows) / 4),
    norm1,
    canon1: taps > 0 ? scratch.floats('canon1', rows * d) : norm1,
    qkv: qkv ?? scratch.floats('qkv', rows * qkvFloats),
    o: scratch.floats('o', rows * d),
    ld: scratch.floats('ld', rows * heads * 2),
    middle: scratch.floats('middle', rows * d),
    statistics2: scratch.floats('statistics2', rmsNormStatisticsBytes(rows) / 4),
    norm2,
    canon2: taps > 0 ? scratch.floats('canon2', rows * d) : norm2,
    gateUp: scratch.floats('gateUp', rows * 2 * f),
    activated: scratch.floats('activated', rows * f),
  };
}

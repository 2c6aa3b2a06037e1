/** @file The kernels of a policy, in the variants that were chosen for it. */
import type { Kernel, Kernels } from '../gpu';
import { adamwKernels } from '../kernels/adamw/adamw';
import {
  type AttentionChoice,
  attentionDecodeKernels,
  attentionKernelsFor,
  defaultDecode,
} from '../kernels/attention';
import { causalConvKernels } from '../kernels/causal-conv/causal-conv';
import { embeddingKernels } from '../kernels/embedding/embedding';
import { linearKernelsFor } from '../kernels/linear/linear';
import { packedKernelsFor } from '../kernels/linear/packed';
import type { LinearChoice } from '../kernels/linear/variants';
import { logProbKernels } from '../kernels/log-prob/log-prob';
import { rowKernels } from '../kernels/log-prob/rows';
import { rmsNormKernels } from '../kernels/rms-norm/rms-norm';
import { ropeKernels } from '../kernels/rope/rope';
import { samplingKernels } from '../kernels/sampling/sampling';
import { swigluKernels } from '../kernels/swiglu/swiglu';
import type { PolicyConfig } from './types';

/** Variants by name; where one is left out the kind of adapter decides. */
export interface PolicyKernelChoice {
  linear?: LinearChoice;
  attention?: AttentionChoice;
  /** Of the products with 16-bit weights, with which answers are decoded then; f32 weights without one. */
  packed?: string;
}

/** Every kernel a policy of this configuration uses on this device. */
export function policyKernels(
  kernels: Kernels,
  config: PolicyConfig,
  { linear, attention, packed }: PolicyKernelChoice = {},
): Kernel[] {
  const headDim = config.hidden_size / config.num_attention_heads;
  return [
    ...adamwKernels,
    ...attentionKernelsFor(kernels, headDim, attention),
    ...attentionDecodeKernels(headDim, defaultDecode(kernels.gpu)),
    ...causalConvKernels,
    ...embeddingKernels,
    ...linearKernelsFor(kernels, linear),
    ...(packed === undefined ? [] : packedKernelsFor(kernels, packed)),
    ...logProbKernels,
    ...rowKernels,
    ...rmsNormKernels,
    ...ropeKernels,
    ...samplingKernels,
    ...swigluKernels,
  ];
}

/** @file Attention's public face. */
export {
  attentionBackwardKV,
  attentionBackwardQ,
  attentionD,
  attentionForward,
  attentionKernels,
  attentionKernelsFor,
} from './attention';
export {
  attentionDecode,
  attentionDecodeKernels,
  buildDecodeTable,
  type DecodeGroup,
  type DecodeTable,
  type DecodeVariant,
  type DecodeWork,
  decodeCacheFloats,
  decodePartialsFloats,
  decodeVariants,
  defaultDecode,
  maxDecodeWork,
  uploadDecodeWork,
} from './decode';
export { type GroupLengths, layoutGroups } from './segments';
export {
  type AttentionTiles,
  type AttentionWork,
  buildAttentionTiles,
  maxTiles,
  uploadAttentionTiles,
} from './tiles';
export {
  type AttentionChoice,
  attentionChoiceOf,
  attentionRunsOn,
  attentionVariants,
} from './variants';
export { attentionWeights, attentionWeightsKernels } from './weights';

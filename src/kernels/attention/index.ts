/** @file Attention's public face. */
export {
  attentionBackwardKV,
  attentionBackwardQ,
  attentionD,
  attentionForward,
  attentionKernels,
} from './attention';
export {
  attentionDecode,
  attentionDecodeKernels,
  buildDecodeTable,
  type DecodeGroup,
  type DecodeTable,
  type DecodeWork,
  decodeCacheFloats,
  decodePartialsFloats,
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

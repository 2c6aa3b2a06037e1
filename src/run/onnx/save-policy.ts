/** @file A policy as an ONNX folder in Hugging Face's layout, as transformers.js and Longview's own reader find it. */
import { type Checkpoint, saveDescription } from '../checkpoint';
import { type FileStore, inFolder } from '../store';
import { policyToOnnx } from './policy-graph';

/**
 * Writes `onnx/model.onnx` and, with halves for floats, `onnx/model_fp16.onnx`, with `config.json`, the tokenizer and `generation_config.json` beside the folder `onnx`.
 * @throws CodedError `checkpoint.shape`, `onnx.too_large`; `checkpoint.range` where a weight is no half, after the first file.
 */
export async function saveOnnxPolicy(
  store: FileStore,
  folder: string,
  checkpoint: Pick<Checkpoint, 'config' | 'weights' | 'tokenizerFiles' | 'sampling'>,
): Promise<void> {
  const { config, weights } = checkpoint;
  await store.write(inFolder(folder, 'onnx/model.onnx'), policyToOnnx(config, weights));
  await store.write(inFolder(folder, 'onnx/model_fp16.onnx'), policyToOnnx(config, weights, 'float16'));
  await saveDescription(store, folder, checkpoint, 'float32');
}

/** @file A policy as an ONNX folder in Hugging Face's layout, as transformers.js and Longview's own reader find it. */
import { type Checkpoint, saveDescription } from '../checkpoint';
import { type FileStore, inFolder } from '../store';
import { policyToOnnx } from './policy-graph';

/**
 * Writes `onnx/model.onnx` with `config.json`, the tokenizer and `generation_config.json` beside the folder `onnx`.
 * @throws CodedError `checkpoint.shape`, `onnx.too_large`.
 */
export async function saveOnnxPolicy(
  store: FileStore,
  folder: string,
  checkpoint: Pick<Checkpoint, 'config' | 'weights' | 'tokenizerFiles' | 'sampling'>,
): Promise<void> {
  const model = policyToOnnx(checkpoint.config, checkpoint.weights);
  await store.write(inFolder(folder, 'onnx/model.onnx'), model);
  await saveDescription(store, folder, checkpoint, 'float32');
}

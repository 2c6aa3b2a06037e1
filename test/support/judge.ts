/** @file A judge with random weights, as a folder in memory. */
import type { PolicyConfig } from '../../src/policy/types';
import { JudgeEncoder, maxJudgeTokens } from '../../src/run/judge/encoding';
import { judgeTokenizerJson } from '../../src/run/judge/vocabulary';
import { MemoryStore } from '../../src/run/memory-store';
import { judgeToOnnx } from '../../src/run/onnx/judge-graph';
import { shapedWeights } from './onnx';
import { smallConfig } from './policy';

/** Config, weights and files of a small judge. */
export async function randomJudge(changes: Partial<PolicyConfig> = {}) {
  const json = judgeTokenizerJson([]);
  const encoder = new JudgeEncoder(json);
  const config = smallConfig({
    vocab_size: encoder.vocabSize,
    max_position_embeddings: maxJudgeTokens,
    ...changes,
  });
  const weights = shapedWeights(config, 5);
  const verdicts = { yes: encoder.id('<yes>'), no: encoder.id('<no>') };
  const store = new MemoryStore();
  await store.write('model.onnx', judgeToOnnx(config, weights, verdicts));
  await store.write('tokenizer.json', JSON.stringify(json));
  await store.write('config.json', JSON.stringify({ id: 'random', threshold: 0.5 }));
  return { config, weights, encoder, verdicts, store };
}

/** @file Training of the embedded judge on the engine: it learns, the same way each time, and what it learned is what ONNX Runtime says. */
import { expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { JudgeEncoder } from '../../src/run/judge/encoding';
import { generatedPairs } from '../../src/run/judge/evaluation';
import { JudgeTraining, judgeConfig, judgeStart } from '../../src/run/judge/training';
import { judgeTokenizerJson } from '../../src/run/judge/vocabulary';
import { MemoryStore } from '../../src/run/memory-store';
import { createEmbeddedJudge } from '../../src/run/onnx/embedded-judge';
import { judgeToOnnx } from '../../src/run/onnx/judge-graph';

const json = judgeTokenizerJson([]);
const encoder = new JudgeEncoder(json);
const config = {
  ...judgeConfig(encoder),
  hidden_size: 32,
  intermediate_size: 32,
  num_hidden_layers: 2,
};
const recipe = {
  seed: 3,
  steps: 6,
  questions: 2,
  answers: 4,
  learningRate: 1e-2,
  warmupSteps: 1,
  decayFrom: 0.5,
  decayTo: 0.1,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

async function training(gpu: Gpu): Promise<[GpuPolicy, JudgeTraining]> {
  const policy = await GpuPolicy.create(gpu, config, judgeStart(config, recipe.seed));
  return [policy, new JudgeTraining(policy, encoder, recipe)];
}

it('learns, resumes to the same weights, and is exported as it stands', async () => {
  const gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  const [policy, whole] = await training(gpu);
  const losses: number[] = [];
  for (let i = 0; i < recipe.steps; i++) losses.push((await whole.step()).loss);
  expect(losses[recipe.steps - 1]).toBeLessThan(losses[0] / 2);
  const weights = await policy.readWeights();

  const [other, first] = await training(gpu);
  for (let i = 0; i < 3; i++) await first.step();
  const [kept, moments] = [await other.readWeights(), await other.readOptimizer()];
  other.loadWeights(kept);
  other.loadOptimizer(moments);
  const second = new JudgeTraining(other, encoder, recipe);
  second.done = first.done;
  for (let i = 0; i < 3; i++) await second.step();
  expect(await other.readWeights()).toEqual(weights);

  const verdicts = { yes: encoder.id('<yes>'), no: encoder.id('<no>') };
  const tensors = Object.fromEntries(
    policy.layout.tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
  );
  const store = new MemoryStore();
  await store.write('model.onnx', judgeToOnnx(config, tensors, verdicts));
  await store.write('tokenizer.json', JSON.stringify(json));
  await store.write('config.json', '{"id":"trained","threshold":0.5}');
  const judge = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
  const pairs = generatedPairs('held-out', 1, 1, ['number', 'person']);
  const results = await judge.judge(pairs);
  // The engine's log-prob of <yes> is that of the whole vocabulary: log p(yes) − log p(no) is the margin.
  const groups = await policy.evaluate(
    pairs.map((pair) => ({
      promptTokens: Uint32Array.from(encoder.encode(pair)),
      answers: [verdicts.yes, verdicts.no].map((token) => ({
        tokens: Uint32Array.of(token),
        weights: Float32Array.of(1),
        oldLogprobs: new Float32Array(1),
        advantage: 0,
      })),
    })),
    1,
  );
  for (const [i, result] of results.entries()) {
    const [yes, no] = groups[i].map(({ logprobs }) => logprobs[0]);
    expect(result.asked && Math.abs(result.probability - 1 / (1 + Math.exp(no - yes)))).toBeLessThan(1e-3);
  }
  judge.close?.();
  await policy.dispose();
  await other.dispose();
  gpu.close();
});

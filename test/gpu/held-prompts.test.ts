import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import type { PolicyLimits } from '../../src/policy/limits';
import type {
  ObjectiveOptions,
  PolicyConfig,
  Rollout,
  RolloutRequest,
  TrainGroup,
} from '../../src/policy/types';
import { Session } from '../../src/run/session';
import { relativeError } from '../support/gpu';
import { randomGroups, randomWeights, referenceLoss, smallConfig } from '../support/policy';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

const sampling = { temperature: 0.8, top_k: 0, top_p: 1, greedy: false };
const variants: [string, Partial<PolicyConfig>][] = [
  ['Canon layers', {}],
  [
    'biases, untied head, no Canon layers, one kv head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
  [
    'a windowed layer after a global one, wider Canon layers',
    { canon_kernel: 6, sliding_window: 9, layer_types: ['full_attention', 'sliding_attention'] },
  ],
];
/** Prompts shorter than a Canon layer reaches, and longer than a block of 64 rows. */
const requests: RolloutRequest[] = [1, 3, 96, 64, 77].map((length, promptIndex) => ({
  promptTokens: randomGroups(promptIndex, [{ prefix: length, answers: [] }], 64)[0].promptTokens,
  groupSize: [3, 1, 4, 2, 5][promptIndex],
  seed: 11,
  step: 2,
  promptIndex,
}));

function asGroups(rollouts: Rollout[][]): TrainGroup[] {
  return rollouts.map((answers, i) => ({
    promptTokens: requests[i].promptTokens,
    answers: answers.map(({ tokens, logprobs }) => ({
      tokens,
      oldLogprobs: logprobs,
      advantage: 0,
      weights: logprobs.map(() => 1),
    })),
  }));
}

/** A likely end token: answers of many lengths. */
function weightsOf(config: PolicyConfig) {
  const weights = randomWeights(config, 4);
  const head = weights[config.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'];
  for (let i = 0; i < config.hidden_size; i++) head[config.eos_token_id * config.hidden_size + i] *= 4;
  return weights;
}

describe('log-probs behind the prompts of a rollout', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  async function both(changes: Partial<PolicyConfig>, limits: Partial<PolicyLimits> = {}, maxNewTokens = 7) {
    const config = smallConfig(changes);
    const policy = await GpuPolicy.create(gpu, config, weightsOf(config), { limits });
    const seconds: number[] = [];
    const rollouts = await policy.rollout(requests, { ...sampling, maxNewTokens }, 'current', {
      onMeasured: (each) => seconds.push(each),
    });
    const groups = asGroups(rollouts);
    const evaluated = await policy.evaluate(groups, sampling.temperature);
    await policy.dispose();
    return { config, rollouts, groups, evaluated, prefills: seconds.length };
  }

  it.each(variants)('equal to the bit those of whole prompts run again: %s', async (_, changes) => {
    // An answer of one token has a log-prob and no row.
    for (const maxNewTokens of [7, 1]) {
      const { rollouts, evaluated } = await both(changes, {}, maxNewTokens);
      rollouts.forEach((answers, i) => {
        answers.forEach((answer, j) => {
          expect(answer.evaluated?.temperature).toBe(sampling.temperature);
          expect(answer.evaluated?.logprobs, `prompt ${i}, answer ${j}`).toEqual(evaluated[i][j].logprobs);
        });
      });
    }
  });

  it.each(variants)('equal the float64 reference: %s', async (_, changes) => {
    const { config, rollouts, groups } = await both(changes);
    const objective: ObjectiveOptions = {
      kind: 'supervised',
      temperature: sampling.temperature,
      clipRatioLow: 0.2,
      clipRatioHigh: 0.2,
      clipRatioC: 0,
      klCoef: 0,
      klType: 'k3',
      entropyCoef: 0,
    };
    const wide = Object.fromEntries(
      Object.entries(weightsOf(config)).map(([name, value]) => [name, Float64Array.from(value)]),
    );
    const reference = referenceLoss(config, wide, groups, objective, false);
    rollouts.forEach((answers, i) => {
      answers.forEach(({ evaluated }, j) => {
        expect(relativeError(evaluated?.logprobs ?? [], reference.logprobs[i][j])).toBeLessThan(1e-5);
      });
    });
  });

  it.each([
    ['room for the answers to one prompt at a time', { maxRows: 128 }, 1],
    ['few tokens at a time', { maxPairs: 16 }, 1],
    ['one prompt decoded at a time', { maxPromptRows: 100 }, 3],
  ])('no bit depends on what is together: %s', async (_, limits, prefills) => {
    const whole = await both({});
    const cut = await both({}, limits);
    expect(cut.prefills).toBe(prefills);
    expect(cut.rollouts.map((group) => group.map(({ evaluated }) => evaluated))).toEqual(
      whole.rollouts.map((group) => group.map(({ evaluated }) => evaluated)),
    );
  });

  it('are not measured where the answers would cost more than the prompts', async () => {
    const config = smallConfig();
    const policy = await GpuPolicy.create(gpu, config, weightsOf(config));
    const onMeasured = vi.fn();
    const [answers] = await policy.rollout(
      requests.slice(0, 1),
      { ...sampling, maxNewTokens: 7 },
      'current',
      { onMeasured },
    );
    expect(answers.every(({ evaluated }) => evaluated === undefined)).toBe(true);
    expect(onMeasured).not.toHaveBeenCalled();
    await policy.dispose();
  });

  it('serve a run as its old log-probs: the same steps, and no prompt is run again', async () => {
    const run = async (reusePrefix: boolean) => {
      const session = await Session.open({
        config: { ...smallRun, kl_loss_coef: 0, old_log_prob: 'released' },
        document: smallDocument,
        checkpoint: smallCheckpoint(),
        gpu,
        spare: { reusePrefix },
      });
      const evaluate = vi.spyOn(session.policy, 'evaluate');
      const metrics = [];
      for (let i = 0; i < 5; i++) metrics.push((await session.step()).metrics);
      const { weights } = await session.checkpoint();
      await session.dispose();
      const again = evaluate.mock.calls.reduce((sum, [groups]) => sum + groups.length, 0);
      return { metrics: metrics.map(measured), weights, again };
    };
    const [reused, repeated] = [await run(true), await run(false)];
    expect(reused.again).toBe(0);
    expect(repeated.again).toBeGreaterThan(0);
    expect(reused.metrics).toEqual(repeated.metrics);
    for (const [name, { data }] of Object.entries(repeated.weights))
      expect(reused.weights[name].data, name).toEqual(data);
  });
});

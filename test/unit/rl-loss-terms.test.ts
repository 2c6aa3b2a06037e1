/** @file Aggregation weights, KL estimators and entropy equal verl's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AggregationOptions,
  aggregationWeights,
  forkAggregationWeights,
  LOSS_AGGREGATIONS,
  type LossAggregation,
  type MiniBatchOptions,
  miniBatchWeights,
  tokenWeights,
} from '../../src/rl/aggregation';
import { entropyOfLogits, logSoftmax } from '../../src/rl/entropy';
import { FORK_KL_BOUNDS, KL_ALIASES, type KlEstimator, klEstimate, klValue } from '../../src/rl/kl';
import { maskedMean } from '../../src/rl/statistics';
import { expectAllNear, expectNear, readFixture } from '../support/fixtures';

/** Σ weight · value over ragged rows. */
function weighted(values: number[][], weights: ArrayLike<number>[]): number {
  return values.reduce(
    (total, row, i) => total + row.reduce((sum, value, t) => sum + value * weights[i][t], 0),
    0,
  );
}

describe('loss aggregation', () => {
  interface Case {
    name: string;
    input: { loss_mat: number[][]; loss_mask: number[][] };
    output: Record<string, number>;
  }
  const { cases } = readFixture<{ cases: Case[] }>('agg_loss');

  /** `mode@key=value,key=value__verl_v0.7.x_b178a3c` as a mode and its options. */
  function parse(name: string): [LossAggregation, AggregationOptions] {
    const [head, older] = name.split('__');
    const [mode, overrides = ''] = head.split('@');
    const options: AggregationOptions = { undividedNorm: older !== undefined };
    for (const override of overrides.split(',').filter((each) => each !== '')) {
      const [key, value] = override.split('=');
      if (key === 'batch_num_tokens') options.batchTokens = Number(value);
      else if (key === 'global_batch_size') options.batchSequences = Number(value);
      else if (key === 'dp_size') options.dataParallelSize = Number(value);
      else if (key === 'loss_scale_factor') options.lossScaleFactor = Number(value);
      else throw new Error(`unknown override ${key}`);
    }
    return [mode as LossAggregation, options];
  }

  it('has all its cases', () => {
    expect(cases.map((each) => Object.keys(each.output).length)).toEqual([10, 10]);
  });

  it.each(cases)('equals every recorded mode: $name', ({ input, output }) => {
    for (const [name, expected] of Object.entries(output)) {
      const [mode, options] = parse(name);
      expect(LOSS_AGGREGATIONS).toContain(mode);
      expectNear(
        weighted(input.loss_mat, aggregationWeights(mode, input.loss_mask, options)),
        expected,
        1e-9,
        name,
      );
    }
  });

  const lengths = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 });

  it('has weights that sum to 1 for both means', () => {
    fc.assert(
      fc.property(lengths, (each) => {
        fc.pre(each.some((length) => length > 0));
        for (const mode of ['token-mean', 'seq-mean-token-mean'] satisfies LossAggregation[]) {
          const weights = tokenWeights(each, mode);
          expect(weights.map((row) => row.length)).toEqual(each);
          expectNear(
            weights.flatMap((row) => [...row]).reduce((sum, w) => sum + w, 0),
            1,
            1e-5,
          );
        }
      }),
    );
  });

  it('is all zeros, not NaN, without any token', () => {
    for (const mode of LOSS_AGGREGATIONS) {
      expect(aggregationWeights(mode, [[0, 0], []]).flatMap((row) => [...row])).toEqual([0, 0]);
    }
  });

  it('divides by the longest response allowed where it is given (Dr. GRPO)', () => {
    expectAllNear(tokenWeights([1, 3], 'seq-mean-token-sum-norm', 10)[1], [0.05, 0.05, 0.05], 1e-8);
  });
});

describe('the three denominators of the token-level loss', () => {
  const options: MiniBatchOptions = {
    mode: 'token-mean',
    tokenMeanOver: 'mini-batch',
    microBatchSize: 2,
    lossScaleFactor: 16,
  };
  const scopes = ['mini-batch', 'group', 'micro-batch'] as const;
  const groups = [
    [1, 3],
    [4, 4, 4],
  ];

  it.each([
    ['mini-batch', [1 / 16, 1 / 16, 1 / 16, 1 / 16, 1 / 16]],
    // Each group weighs 1/2: 4 tokens, 12 tokens.
    ['group', [1 / 8, 1 / 8, 1 / 24, 1 / 24, 1 / 24]],
    // Micro-batches of answers (1, 3), (4, 4), (4): 2/5, 2/5 and 1/5 of the loss.
    ['micro-batch', [1 / 10, 1 / 10, 1 / 20, 1 / 20, 1 / 20]],
  ] as const)('%s gives each token its share', (tokenMeanOver, expected) => {
    const weights = miniBatchWeights(groups, { ...options, tokenMeanOver });
    expect(weights.map((row) => row.length)).toEqual(groups.flat());
    weights.forEach((row, i) => {
      for (const weight of row) expectNear(weight, expected[i], 1e-8);
    });
  });

  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

  it('sum to 1 over the mini-batch, each of them', () => {
    fc.assert(
      fc.property(
        fc.array(lengths, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...scopes),
        fc.integer({ min: 1, max: 9 }),
        (each, tokenMeanOver, microBatchSize) => {
          const weights = miniBatchWeights(each, { ...options, tokenMeanOver, microBatchSize });
          expectNear(
            weights.flatMap((row) => [...row]).reduce((sum, w) => sum + w, 0),
            1,
            1e-5,
          );
        },
      ),
    );
  });

  it('agree where all answers are equally long and all parts equally large', () => {
    for (const tokenMeanOver of scopes) {
      const rows = miniBatchWeights(
        [
          [5, 5, 5, 5],
          [5, 5, 5, 5],
        ],
        { ...options, tokenMeanOver, microBatchSize: 4 },
      );
      for (const weight of rows.flatMap((row) => [...row])) expectNear(weight, 1 / 40, 1e-9);
    }
  });

  it('micro-batch is the released loss: token means of micro-batches, each times its share of the answers', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4 }), (each, microBatchSize) => {
        const losses = each.map((length, i) => Array.from({ length }, (_, t) => Math.sin(7 * i + t)));
        let released = 0;
        for (let i = 0; i < each.length; i += microBatchSize) {
          const part = losses.slice(i, i + microBatchSize);
          const masks = part.map((row) => row.map(() => 1));
          released += weighted(part, forkAggregationWeights(true, masks)) * (part.length / each.length);
        }
        const weights = miniBatchWeights([each], {
          ...options,
          tokenMeanOver: 'micro-batch',
          microBatchSize,
        });
        expectNear(weighted(losses, weights), released, 1e-6);
      }),
    );
  });

  it('do not touch the other aggregations', () => {
    for (const tokenMeanOver of scopes) {
      const rows = miniBatchWeights(groups, { ...options, tokenMeanOver, mode: 'seq-mean-token-sum-norm' });
      for (const weight of rows.flatMap((row) => [...row])) expectNear(weight, 1 / 80, 1e-9);
    }
  });
});

describe('KL estimators', () => {
  interface Row {
    value: number[][];
    masked_mean: number;
    'agg_token-mean': number;
    grad_of_masked_sum_wrt_logprob: number[][];
  }
  interface Case {
    input: { logprob: number[][]; ref_logprob: number[][]; mask: number[][] };
    output: Record<string, Row>;
  }
  const { cases } = readFixture<{ cases: Case[] }>('kl_penalty');
  const [{ input, output }] = cases;

  it('has its case, with every estimator', () => {
    expect(cases.length).toBe(1);
    expect(Object.keys(output).length).toBe(9);
  });

  it.each(Object.keys(output))('%s equals verl in value, mean and gradient', (name) => {
    const estimator = (KL_ALIASES as Record<string, KlEstimator>)[name] ?? (name as KlEstimator);
    const expected = output[name];
    const estimates = input.logprob.map((row, i) =>
      row.map((logprob, t) => klEstimate(logprob, input.ref_logprob[i][t], estimator)),
    );
    const values = estimates.map((row) => row.map((estimate) => estimate.value));
    const mask = input.mask.flat();
    expectAllNear(values.flat(), expected.value.flat(), 1e-9);
    expectNear(maskedMean(values.flat(), mask), expected.masked_mean, 1e-9);
    expectNear(
      weighted(values, aggregationWeights('token-mean', input.mask)),
      expected['agg_token-mean'],
      1e-9,
    );
    const gradient = estimates.flat().map((estimate, i) => estimate.gradient * mask[i]);
    expectAllNear(gradient, expected.grad_of_masked_sum_wrt_logprob.flat(), 1e-9);
  });

  it('clamps k3 at 10 without a gradient, and the fork clamps it there too', () => {
    expect(klEstimate(-50, 0, 'k3')).toEqual({ value: 10, gradient: 0 });
    expect(klEstimate(-50, 0, 'k3', FORK_KL_BOUNDS)).toEqual({ value: 10, gradient: 0 });
  });

  it('has the gradient of its value, or of k2 with a plus', () => {
    const estimators: KlEstimator[] = ['k1', 'abs', 'k2', 'k3', 'k1+', 'abs+', 'k2+', 'k3+'];
    const real = fc.double({ min: -2, max: 2, noNaN: true });
    const h = 1e-6;
    fc.assert(
      fc.property(real, fc.constantFrom(...estimators), (x, estimator) => {
        fc.pre(Math.abs(x) > 1e-3);
        const of: KlEstimator = estimator.endsWith('+') ? 'k2' : estimator;
        const numeric = (klValue(of, x + h, 0) - klValue(of, x - h, 0)) / (2 * h);
        expectNear(klEstimate(x, 0, estimator).gradient, numeric, 1e-6, estimator);
      }),
    );
  });
});

describe('entropy', () => {
  interface Case {
    input: { logits: number[][][]; mask: number[][]; labels: number[][] };
    output: {
      token_entropy: number[][];
      'entropy_token-mean': number;
      'entropy_seq-mean-token-mean': number;
      'entropy_seq-mean-token-sum': number;
      'grad_wrt_logits_token-mean': number[][][];
      logprobs_of_labels: number[][];
    };
  }
  const { cases } = readFixture<{ cases: Case[] }>('entropy_logprob');

  it('and log-probs equal verl, with aggregates and gradient', () => {
    expect(cases.length).toBe(1);
    const [{ input, output }] = cases;
    expect(input.logits.flat().length).toBe(12);
    const results = input.logits.map((row) => row.map((logits) => entropyOfLogits(logits)));
    const entropies = results.map((row) => row.map((result) => result.entropy));
    expectAllNear(entropies.flat(), output.token_entropy.flat(), 1e-9);
    for (const mode of ['token-mean', 'seq-mean-token-mean', 'seq-mean-token-sum'] as const) {
      expectNear(
        weighted(entropies, aggregationWeights(mode, input.mask)),
        output[`entropy_${mode}`],
        1e-9,
        mode,
      );
    }
    const weights = aggregationWeights('token-mean', input.mask);
    input.logits.forEach((row, i) => {
      row.forEach((logits, t) => {
        const gradient = results[i][t].gradient.map((value) => value * weights[i][t]);
        expectAllNear(gradient, output['grad_wrt_logits_token-mean'][i][t], 1e-9);
        expectNear(logSoftmax(logits)[input.labels[i][t]], output.logprobs_of_labels[i][t], 1e-9);
      });
    });
  });

  it('survives excluded tokens and divides logits by the temperature', () => {
    const { entropy, gradient } = entropyOfLogits([0, 0, Number.NEGATIVE_INFINITY]);
    expectNear(entropy, Math.LN2, 1e-12);
    expect(gradient[2]).toBe(0);
    expectNear(entropyOfLogits([2, 0], 2).entropy, entropyOfLogits([1, 0]).entropy, 1e-12);
  });
});

/** @file An evaluation by suites as the worker answers it, with numbers that follow from the cell. */
import type { CellRecord } from '../../src/evaluation/records';
import type { Scores } from '../../src/evaluation/scores';
import type { Evaluated } from '../../src/evaluation/suites';
import type { SuitesRequest } from '../../workers/protocol';

const suites = ['cloze', 'lookup'];

export function fakeEvaluation(
  { buckets, depths, questions, samples }: SuitesRequest,
  seed: number,
): Evaluated {
  const cells = suites.flatMap((suite, s) =>
    buckets.flatMap((bucket, b) =>
      depths.map((depth, d) => ({ suite, bucket, depth, scores: scoresOf((s + b + d) / 6, questions) })),
    ),
  );
  const all = scoresOf(0.5, questions);
  const plan = {
    suites,
    buckets,
    depths,
    questions,
    samples,
    ks: [1],
    seed,
    sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: false },
  };
  const records = cells.flatMap(({ suite, bucket, depth }) =>
    Array.from(
      { length: questions },
      (_, index): CellRecord => ({
        suite,
        bucket,
        depth,
        index,
        question: `Question ${index} of ${suite} at ${depth}`,
        input: '',
        gold: ['Ada'],
        failure: null,
        answers: [
          {
            greedy: true,
            output: 'Therefore, the answer is Ada',
            score: 1,
            rule: 1,
            judge: null,
            pred: 'Ada',
            reason: 'match',
            tokens: 7,
            finish: 'stop',
          },
        ],
      }),
    ),
  );
  const table = {
    plan,
    cells,
    suites: suites.map((suite) => ({ suite, scores: all })),
    buckets: buckets.map((bucket) => ({ bucket, scores: all })),
    macro: all,
  };
  return { table, records };
}

function scoresOf(score: number, items: number): Scores {
  return {
    items,
    failed: 0,
    unparsed: 0,
    judged: 0,
    survivors: score,
    standardError: 0.1,
    greedy: score,
    greedyRule: score,
    score,
    rule: score,
    interval: { low: Math.max(0, score - 0.2), high: Math.min(1, score + 0.2) },
    passAtK: [],
    bestAtN: [],
  };
}

/** @file A policy without weights for tests of evaluation: its answers are words drawn from the noise keys. */
import type { AnsweringPolicy } from '../../src/evaluation/answers';
import type { EvaluationSuite } from '../../src/evaluation/types';
import type { Score } from '../../src/reward/types';
import type { PromptItem, ScoreRequest } from '../../src/rl/types';
import { Random } from '../../src/tasks/random';

/** Says token 1 (right) with probability `skill(promptTokens)`, else 0; greedy says 1 where that is above one half. */
export function drawingPolicy(
  skill: (promptTokens: Uint32Array) => number,
  refuse: (promptTokens: Uint32Array) => Error | null = () => null,
): AnsweringPolicy {
  return {
    async rollout(requests, { greedy }) {
      return requests.map(({ promptTokens, groupSize, seed, step, promptIndex }) => {
        const error = refuse(promptTokens);
        if (error) throw error;
        const p = skill(promptTokens);
        return Array.from({ length: groupSize }, (_, sample) => {
          const right = greedy ? p > 0.5 : new Random(seed, step, promptIndex, sample).chance(p);
          const one = Float32Array.of(-1);
          return {
            tokens: Uint32Array.of(right ? 1 : 0),
            logprobs: one,
            samplerLogprobs: one,
            entropies: one,
            finish: 'stop' as const,
          };
        });
      });
    },
    decodeTokens: (tokens) => (tokens[0] === 1 ? 'right' : 'wrong'),
  };
}

/** Right by the rule where the text says so; the judge's verdict where one is given. */
export function wordScorer(judge?: (text: string) => 0 | 1) {
  return {
    score: async (requests: readonly ScoreRequest[]) => requests.map(({ text }) => wordScore(text, judge)),
  };
}

function wordScore(text: string, judge?: (text: string) => 0 | 1): Score {
  const rule = text === 'right' ? 1 : 0;
  const verdict = judge?.(text) ?? 0;
  const base = Math.max(rule, verdict);
  return {
    rule,
    judge:
      judge && rule === 0
        ? { asked: true, verdict, probability: verdict, reply: '', ms: 0 }
        : { asked: false, reason: 'judge not loaded' },
    base,
    overlong: 0,
    total: base,
    correct: base === 1,
    parsed: text,
    reason: 'match',
  };
}

/** A suite whose prompts are [bucket, depth in percent, index]. */
export function numberSuite(
  name: string,
  broken: (index: number) => Error | null = () => null,
): EvaluationSuite {
  return {
    name,
    item({ bucket, depth }, index): PromptItem {
      const error = broken(index);
      if (error) throw error;
      return {
        question: {
          id: `${name}-${index}`,
          documentId: 'd',
          family: 'lookup',
          text: `Question ${index}?`,
          answers: ['right'],
          window: { start: 0, end: 10 },
          evidence: [{ start: 0, end: 5 }],
          reasoning: '',
        },
        tokens: Uint32Array.of(bucket, (depth ?? 0) * 100, index),
        text: `${name} ${index}`,
      };
    },
  };
}

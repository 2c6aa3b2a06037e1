/** @file Scored groups as the training loop has them, with two tokens an answer. */
import type { Score } from '../../src/reward/types';
import { groupAdvantages } from '../../src/rl/advantage';
import type { ScoredGroup } from '../../src/rl/types';
import type { Question } from '../../src/tasks/types';

/** A score whose total is `reward`; right from 0.5 on. */
export function makeScore(reward: number): Score {
  return {
    rule: reward,
    judge: { asked: false, reason: 'rule' },
    base: reward,
    overlong: 0,
    total: reward,
    correct: reward >= 0.5,
    parsed: null,
    reason: '',
  };
}

export function makeQuestion(family: Question['family'], id = ''): Question {
  return {
    id,
    documentId: '',
    family,
    text: '',
    answers: [''],
    window: { start: 0, end: 0 },
    evidence: [],
    reasoning: '',
  };
}

interface ScoredOptions {
  uid: string;
  family: Question['family'];
  rewards: number[];
  /** Entropy of every token, nats. */
  entropies: number;
}

export function scoredGroup({ uid, family, rewards, entropies }: ScoredOptions): ScoredGroup {
  const { mean, std, advantages } = groupAdvantages(rewards);
  return {
    uid,
    item: { question: makeQuestion(family), tokens: Uint32Array.of(1), text: '' },
    answers: rewards.map((reward, i) => ({
      text: '',
      rollout: {
        tokens: Uint32Array.of(3, 2),
        logprobs: Float32Array.of(-1, -1),
        samplerLogprobs: Float32Array.of(-1, -1),
        entropies: Float32Array.of(entropies, entropies),
        finish: 'stop',
      },
      score: makeScore(reward),
      advantage: advantages[i],
      oldLogprobs: Float32Array.of(-1, -1),
      update: null,
    })),
    mean,
    std,
    kept: true,
    dropReason: null,
  };
}

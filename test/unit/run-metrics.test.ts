import { describe, expect, it } from 'vitest';
import type { ObjectiveOptions, Rollout } from '../../src/policy/types';
import type { Score } from '../../src/reward/types';
import { stepMetrics } from '../../src/rl/metrics';
import type { ScoredGroup, UpdateResult } from '../../src/rl/types';
import { evalMetric } from '../../src/run/eval-metric';
import { metricInfo, metricTable } from '../../src/run/metrics';
import { presets } from '../../src/run/presets';
import { trainerSettings } from '../../src/run/trainer-settings';

describe('the metric table', () => {
  it('has each name once, with a one-sentence definition', () => {
    expect(new Set(metricTable.map(({ name }) => name)).size).toBe(metricTable.length);
    for (const { definition, healthy } of metricTable) {
      expect(definition).toMatch(/^[A-Z].*\.$/);
      expect(healthy).not.toBe('');
    }
  });

  it('knows every name a training step records', () => {
    const timings = Object.fromEntries(
      ['gen', 'reward', 'old_log_prob', 'ref', 'adv', 'update_actor', 'step'].map((name) => [name, 1]),
    );
    const score: Score = {
      rule: 1,
      judge: { asked: true, verdict: 1, probability: 0.9, reply: '', ms: 3 },
      base: 1,
      overlong: 0,
      total: 1,
      correct: true,
      parsed: null,
      reason: '',
    };
    const one = Float32Array.of(-1);
    const rollout: Rollout = {
      tokens: Uint32Array.of(1),
      logprobs: one,
      samplerLogprobs: one,
      entropies: one,
      finish: 'stop',
    };
    const question = {
      id: '',
      documentId: '',
      family: 'cloze' as const,
      text: '',
      answers: [''],
      window: { start: 0, end: 0 },
      evidence: [],
      reasoning: '',
    };
    const answers = [
      { text: '', rollout, score, advantage: 1, oldLogprobs: one, refLogprobs: one, update: null },
    ];
    const groups: ScoredGroup[] = [
      {
        uid: '1',
        item: { question, tokens: rollout.tokens, text: '' },
        answers,
        mean: 1,
        std: 0,
        kept: true,
        dropReason: null,
      },
    ];
    const settings = trainerSettings(presets.micro);
    const objective: ObjectiveOptions = {
      kind: 'policy',
      temperature: 1,
      clipRatioLow: 0.2,
      clipRatioHigh: 0.2,
      clipRatioC: 0,
      klCoef: 0,
      klType: 'k3',
      entropyCoef: 0,
    };
    const update: UpdateResult = {
      groups,
      tokens: [[{ logprobs: one, entropies: one }]],
      weights: [one],
      gradNorm: 1,
      loss: 0,
      learningRate: 1,
      objective,
    };
    const names = Object.keys(
      stepMetrics({ groups, rounds: 1, updates: [update], aepoActive: false, timings, settings }),
    );
    expect(names.length).toBeGreaterThan(44);
    expect(names.filter((name) => metricInfo(name) === null)).toEqual([]);
  });

  it('names evaluations as verl does', () => {
    expect(evalMetric('lookup', 'reward', 'mean', 8)).toBe('val-core/lookup/reward/mean@8');
    expect(evalMetric('lookup', 'acc', 'best', 4)).toBe('val-core/lookup/acc/best@4/mean');
    expect(evalMetric('lookup', 'acc', 'pass', 4)).toBe('val-core/lookup/acc/pass@4');
  });
});

/** @file Negative-gradient clipping, AEPO and the batch scale of advantages act on the answers they name, and on no other. */
import { describe, expect, it } from 'vitest';
import {
  type AepoOptions,
  aepoActive,
  aepoDrops,
  answerEntropy,
  type EntropyAnswer,
  negativeClipMask,
  tokenEntropy,
} from '../../src/rl/negative-gradients';
import { prepareBatch } from '../../src/rl/prepare-batch';
import type { ScoredGroup } from '../../src/rl/types';
import { makeConfig } from '../../src/run/config';
import { presets } from '../../src/run/presets';
import { trainerSettings } from '../../src/run/trainer-settings';
import { scoredGroup } from '../support/scored';

const answer = (advantage: number, entropies: number[], reward = 0): EntropyAnswer => ({
  advantage,
  reward,
  entropies,
});

describe('negative-gradient clipping', () => {
  it('takes out uncertain tokens of answers with negative advantage, at the bound not yet', () => {
    const clip = { level: 'token', tau: 1 } as const;
    expect(negativeClipMask(answer(-1, [0.5, 1, 1.5]), clip)).toEqual(Uint8Array.of(1, 1, 0));
    expect(negativeClipMask(answer(1, [0.5, 1, 1.5]), clip)).toBeNull();
    expect(negativeClipMask(answer(0, [9]), clip)).toBeNull();
  });

  it('takes out whole answers by their mean entropy', () => {
    const clip = { level: 'sequence', tau: 1 } as const;
    expect(negativeClipMask(answer(-1, [0.5, 1.7]), clip)).toEqual(Uint8Array.of(0, 0));
    expect(negativeClipMask(answer(-1, [0.5, 1.5]), clip)).toBeNull();
    expect(negativeClipMask(answer(1, [9]), clip)).toBeNull();
    expect(negativeClipMask(answer(-1, [9]), { level: 'off', tau: 1 })).toBeNull();
  });
});

describe('AEPO', () => {
  const paper: AepoOptions = { rule: 'paper', low: 0.2, high: 0.6 };
  const at = (entropy: number) => [answer(1, [entropy, entropy])];

  it('weighs answers equally; the released rule weighs tokens', () => {
    const answers = [answer(1, [1]), answer(1, [0, 0, 0])];
    expect(answerEntropy(answers)).toBe(0.5);
    expect(tokenEntropy(answers)).toBe(0.25);
  });

  it('begins above the upper threshold, ends below the lower one and keeps its state between', () => {
    let active = false;
    const seen = [0.5, 0.61, 0.5, 0.3, 0.19, 0.3, 0.59, 0.7].map((entropy) => {
      active = aepoActive(at(entropy), active, paper);
      return active;
    });
    expect(seen).toEqual([false, true, true, true, false, false, false, true]);
  });

  it('as released acts between the thresholds only, and needs no state', () => {
    const code: AepoOptions = { ...paper, rule: 'code' };
    for (const before of [true, false])
      expect([0.1, 0.3, 0.7].map((entropy) => aepoActive(at(entropy), before, code))).toEqual([
        false,
        true,
        false,
      ]);
    expect(aepoActive(at(9), true, { ...paper, rule: 'off' })).toBe(false);
  });

  it('drops negative advantages by the paper; by the code all without positive advantage and reward', () => {
    const answers = [answer(-1, [1], 1), answer(0, [1], 1), answer(1, [1], -0.5), answer(1, [1], 1)];
    expect(answers.map((each) => aepoDrops(each, 'paper'))).toEqual([true, false, false, false]);
    expect(answers.map((each) => aepoDrops(each, 'code'))).toEqual([true, true, true, false]);
    expect(answers.map((each) => aepoDrops(each, 'off'))).toEqual([false, false, false, false]);
  });
});

describe('preparing a batch', () => {
  const settings = (changes: Record<string, unknown> = {}) => trainerSettings(makeConfig('micro', changes));
  const groups = (): ScoredGroup[] => [
    scoredGroup({ uid: 'a', family: 'cloze', rewards: [1, 0], entropies: 0.9 }),
    scoredGroup({ uid: 'b', family: 'cloze', rewards: [0.75, 0.25], entropies: 0.9 }),
    scoredGroup({ uid: 'c', family: 'lookup', rewards: [1, 0], entropies: 0.9 }),
  ];
  const advantages = (all: ScoredGroup[]) =>
    all.flatMap((group) => group.answers.map((each) => each.advantage));

  it('changes nothing in any preset', () => {
    for (const preset of Object.values(presets)) {
      const all = groups();
      expect(prepareBatch(all, false, trainerSettings(preset))).toBe(false);
      expect(all).toEqual(groups());
    }
  });

  it('divides by the deviation of the task or of the batch', () => {
    const deviation = (values: number[]) =>
      Math.sqrt(values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / (values.length - 1));
    const [byTask, byBatch] = (['task', 'batch'] as const).map((over) => {
      const all = groups();
      prepareBatch(all, false, settings({ norm_adv_std_over: over }));
      return advantages(all);
    });
    const cloze = deviation([1, 0, 0.75, 0.25]);
    expect(byTask[2]).toBeCloseTo(0.25 / cloze, 5);
    expect(byTask[4]).toBeCloseTo(0.5 / deviation([1, 0]), 5);
    expect(byBatch[4]).toBeCloseTo(0.5 / deviation([1, 0, 0.75, 0.25, 1, 0]), 5);
  });

  it('leaves the advantage without a deviation alone (Dr. GRPO)', () => {
    const all = groups();
    prepareBatch(all, false, settings({ norm_adv_by_std: false, norm_adv_std_over: 'batch' }));
    expect(advantages(all)).toEqual(advantages(groups()));
  });

  it('masks negative answers while AEPO is active and hands its state on', () => {
    const aepo = { 'aepo.rule': 'paper', 'aepo.entropy_low': 0.2, 'aepo.entropy_high': 0.6 };
    const all = groups();
    expect(prepareBatch(all, false, settings(aepo))).toBe(true);
    expect(all[0].answers.map((each) => each.policyMask)).toEqual([undefined, Uint8Array.of(0, 0)]);
    expect(prepareBatch([], true, settings(aepo)), 'a step without groups keeps the state').toBe(true);
  });

  it('masks uncertain tokens of negative answers', () => {
    const all = groups();
    prepareBatch(all, false, settings({ 'negative_clip.level': 'token', 'negative_clip.tau': 0.5 }));
    expect(all[1].answers.map((each) => each.policyMask)).toEqual([undefined, Uint8Array.of(0, 0)]);
  });
});

/** @file The training loop over a policy made of tables: what it does at the bound of rounds, and what it hands to the update. */
import { describe, expect, it } from 'vitest';
import { RunPause } from '../../src/errors';
import type { ObjectiveOptions, Rollout, TrainGroup } from '../../src/policy/types';
import { groupAdvantages } from '../../src/rl/advantage';
import { dropReason } from '../../src/rl/dynamic-sampling';
import { Trainer } from '../../src/rl/trainer';
import type { PromptItem } from '../../src/rl/types';
import { makeConfig } from '../../src/run/config';
import { trainerSettings } from '../../src/run/trainer-settings';
import { makeQuestion, makeScore } from '../support/scored';

const size = 2;
const sampled = {
  logprobs: Float32Array.of(-1, -2),
  samplerLogprobs: Float32Array.of(-0.9, -2),
  entropies: Float32Array.of(0.75, 0.25),
};
const measured = Float32Array.of(-1.0009765625, -2);

/** Prompt i gives the rewards `rewardsOf(i)`; every answer has two tokens. */
function makeTrainer(rewardsOf: (item: number) => number[], changes: Record<string, unknown> = {}) {
  const updates: { groups: TrainGroup[]; objective: ObjectiveOptions }[] = [];
  const trainer = new Trainer(
    {
      rollout: async (requests) =>
        requests.map(({ groupSize }) =>
          Array.from(
            { length: groupSize },
            (): Rollout => ({ tokens: Uint32Array.of(3, 2), ...sampled, finish: 'stop' }),
          ),
        ),
      evaluate: async (groups) =>
        groups.map(({ answers }) =>
          answers.map(() => ({ logprobs: measured, entropies: sampled.entropies })),
        ),
      startOver: () => {},
      update: async (groups, objective) => {
        updates.push({ groups, objective });
        return {
          loss: 0,
          gradNorm: 1,
          tokens: groups.map(({ answers }) =>
            answers.map(() => ({ logprobs: measured, entropies: sampled.entropies })),
          ),
        };
      },
      decodeTokens: () => '',
    },
    {
      score: async (requests) =>
        requests.map(({ question }, i) => makeScore(rewardsOf(Number(question.id))[i % size])),
    },
    {
      combine: async (groups) =>
        groups.map((rows) => ({
          ...groupAdvantages(rows.map(({ score }) => score.total)),
          varies:
            dropReason(
              rows.map(({ score }) => score),
              'acc',
            ) === null,
          scores: rows.map(({ score }) => score),
        })),
    },
    {
      item: (index): PromptItem => ({
        question: makeQuestion('cloze', String(index)),
        tokens: Uint32Array.of(1),
        text: '',
      }),
    },
    trainerSettings(
      makeConfig('micro', {
        group_size: size,
        train_batch_size: 2,
        gen_batch_size: 2,
        mini_batch_size: 2,
        'filter_groups.max_num_gen_batches': 3,
        ...changes,
      }),
    ),
  );
  return { trainer, updates };
}

describe('dynamic sampling at its bound', () => {
  /** One prompt in eight varies; the others are all wrong, every fourth all right. */
  const rare = (item: number) => (item % 8 === 1 ? [1, 0] : item % 4 === 0 ? [1, 1] : [0, 0]);

  it('train: learns from the groups there are and counts what was dropped and why', async () => {
    const { trainer, updates } = makeTrainer(rare);
    const { metrics } = await trainer.step();
    expect(updates.map(({ groups }) => groups.length)).toEqual([1]);
    expect(metrics).toMatchObject({
      'train/num_gen_batches': 3,
      'group/kept': 1,
      'group/dropped_all_right': 2,
      'group/dropped_all_wrong': 3,
      'group/dropped_uniform_reward': 0,
      'group/dropped_surplus': 0,
    });
  });

  it('pause: throws a coded pause before any update and leaves the state as it was', async () => {
    const { trainer, updates } = makeTrainer(rare, { 'filter_groups.on_bound': 'pause' });
    const before = { ...trainer.state };
    const pause = await trainer.step().catch((error) => error);
    expect(pause).toBeInstanceOf(RunPause);
    expect(pause.message).toContain('1 of 2 groups vary; 2 were all right, 3 all wrong');
    expect(trainer.state).toEqual(before);
    expect(updates).toEqual([]);
    trainer.settings = {
      ...trainer.settings,
      filterGroups: { ...trainer.settings.filterGroups, onBound: 'train' },
    };
    expect((await trainer.step()).step, 'the step goes on with another choice').toBe(1);
  });

  it('continue: draws until the batch is full, and pauses where prompts never vary', async () => {
    const sixth = (item: number) => (item % 6 === 1 ? [1, 0] : [0, 0]);
    const { trainer } = makeTrainer(sixth, { 'filter_groups.on_bound': 'continue' });
    const { metrics } = await trainer.step();
    expect(metrics).toMatchObject({ 'train/num_gen_batches': 4, 'group/kept': 2 });
    const never = makeTrainer(() => [0, 0], { 'filter_groups.on_bound': 'continue' });
    await expect(never.trainer.step()).rejects.toMatchObject({ code: 'sampling.bound' });
  });

  it('a step none of whose groups vary says so once in a row, with or without the filter', async () => {
    for (const enable of [true, false]) {
      let values = [0, 0];
      const { trainer } = makeTrainer(() => values, { 'filter_groups.enable': enable });
      const codes = async () => ((await trainer.step()).notices ?? []).map(({ code }) => code);
      expect(await codes()).toEqual(['sampling.none_vary']);
      expect(await codes()).toEqual([]);
      values = [1, 0];
      expect(await codes()).toEqual([]);
      values = [1, 1];
      const { notices = [] } = await trainer.step();
      expect(notices.map(({ code }) => code)).toEqual(['sampling.none_vary']);
      expect(notices[0].message).toMatch(/^None of \d+ groups varies \((\d+) all right, 0 all wrong\)/);
      expect(notices[0].advice).toContain('harder');
    }
  });

  it('surplus groups are counted apart', async () => {
    const { trainer } = makeTrainer(() => [1, 0], { gen_batch_size: 5 });
    expect((await trainer.step()).metrics).toMatchObject({ 'group/kept': 2, 'group/dropped_surplus': 3 });
  });

  it('without dynamic sampling one round is enough, whatever it holds', async () => {
    const { trainer } = makeTrainer(() => [0, 0], {
      'filter_groups.enable': false,
      'filter_groups.on_bound': 'pause',
    });
    expect((await trainer.step()).metrics).toMatchObject({ 'train/num_gen_batches': 1, 'group/kept': 2 });
  });
});

describe('what the update gets', () => {
  const vary = () => [1, 0];

  it('old log-probs of the full softmax as released, of what was sampled from where exact, of the rollout where sampled', async () => {
    const old = async (rule: string) => {
      const { trainer, updates } = makeTrainer(vary, { old_log_prob: rule });
      const { metrics } = await trainer.step();
      expect('timing_s/old_log_prob' in metrics).toBe(rule !== 'sampled');
      // The forward passes differ by 2⁻¹⁰ at the first token; log S of it is −0.1, of the second 0.
      expect(metrics['rollout/logprob_mismatch_max']).toBeCloseTo(2 ** -10, 6);
      expect(metrics['rollout/logprob_top_p_gap/max']).toBeCloseTo(0.1, 6);
      expect(metrics['rollout/logprob_top_p_gap/mean']).toBeCloseTo(0.05, 6);
      return updates[0].groups[0].answers[0].oldLogprobs;
    };
    expect(await old('released')).toEqual(measured);
    const exact = await old('exact');
    expect(exact[0]).toBeCloseTo(measured[0] + 0.1, 6);
    expect(exact[1], 'nothing was cut off: the very same number').toBe(measured[1]);
    // No pass of its own: the first update's forward tells how far sampling and training are apart.
    expect(await old('sampled')).toEqual(sampled.logprobs);
  });

  it('the aggregation that the policy loss fixes, else the configured one', async () => {
    const weights = async (changes: Record<string, unknown>) => {
      const { trainer, updates } = makeTrainer(vary, { loss_agg_mode: 'seq-mean-token-sum', ...changes });
      await trainer.step();
      expect(updates[0].objective.lossMode).toBe(changes['policy_loss.loss_mode']);
      return updates[0].groups[0].answers[0].weights;
    };
    expect(await weights({ 'policy_loss.loss_mode': 'gspo' })).toEqual(Float32Array.of(1 / 8, 1 / 8));
    expect(await weights({ 'policy_loss.loss_mode': 'cispo' })).toEqual(Float32Array.of(1 / 4, 1 / 4));
  });

  it('masks of AEPO, whose state goes on from step to step', async () => {
    const aepo = { 'aepo.rule': 'paper', 'aepo.entropy_low': 0.1, 'aepo.entropy_high': 0.4 };
    const { trainer, updates } = makeTrainer(vary, aepo);
    const { metrics } = await trainer.step();
    expect(metrics).toMatchObject({ 'aepo/active': 1, 'aepo/entropy': 0.5, 'actor/masked_token_frac': 0.5 });
    expect(trainer.state.aepoActive).toBe(true);
    trainer.settings = { ...trainer.settings, aepo: { rule: 'paper', low: 0.1, high: 0.9 } };
    expect((await trainer.step()).metrics['aepo/active'], 'between the thresholds').toBe(1);
    expect(updates[1].groups[0].answers.map(({ policyMask }) => policyMask)).toEqual([
      undefined,
      Uint8Array.of(0, 0),
    ]);
  });
});

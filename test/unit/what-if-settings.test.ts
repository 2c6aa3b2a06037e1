/** @file What if with settings: a finished step scored, kept and normalised as the controls say, and as training would have. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeConfig, type RunConfig } from '../../src/run/config';
import { Recording, unpackRecording } from '../../src/run/recording';
import { overlongTerm } from '../../src/run/rescore';
import { selectedWeight, weightIn } from '../../src/ui/panels/token-weight';
import { initialState, type UiState } from '../../src/ui/state/model';
import { imaginedGroup, isImagined } from '../../src/ui/state/what-if';
import {
  configOfStep,
  configShownAt,
  pendingSettings,
  underSettings,
} from '../../src/ui/state/what-if-settings';
import type { GroupView } from '../../workers/protocol';
import { makeGroup } from '../support/groups';

const config = makeConfig('micro', {
  'overlong_buffer.enable': true,
  'overlong_buffer.len': 8,
  max_response_length: 48,
});
const mark = (step: number, key: string, from: unknown, to: unknown) => ({
  step,
  key,
  from,
  to,
  time: '',
  who: 'you' as const,
});
const lengths = (...counts: number[]) => counts.map((count) => ({ tokens: new Uint32Array(count) }));

describe('settings of a step', () => {
  const state = {
    ...initialState,
    config: { ...config, norm_adv_by_std: false, 'overlong_buffer.len': 12 },
    marks: [mark(3, 'overlong_buffer.len', 8, 12), mark(6, 'norm_adv_by_std', true, false)],
    groups: [makeGroup({ step: 5 }), makeGroup({ step: 2, uid: '2-1-0' })],
    step: 5,
  };

  it('are the present ones with later changes taken back', () => {
    expect(configOfStep(state, 6).norm_adv_by_std).toBe(false);
    expect(configOfStep(state, 5).norm_adv_by_std).toBe(true);
    expect(configOfStep(state, 2)['overlong_buffer.len']).toBe(8);
  });

  it('wait where no step was made with them: those on the controls, and those training has taken and not used', () => {
    expect(pendingSettings(state)).toEqual({ norm_adv_by_std: false });
    const draft = { 'overlong_buffer.len': 20, clip_ratio_high: 0.4 };
    expect(pendingSettings({ ...state, draft })).toEqual({
      norm_adv_by_std: false,
      'overlong_buffer.len': 20,
    });
    expect(pendingSettings({ ...state, step: 6 })).toEqual({});
    expect(configShownAt({ ...state, draft }, 2)).toMatchObject({
      'overlong_buffer.len': 20,
      norm_adv_by_std: false,
    });
  });
});

describe('a step under other settings', () => {
  const scored = (...rewards: number[]) => {
    const [plain] = makeGroup().answers;
    return rewards.map((total) => ({
      tokens: new Uint32Array(20),
      score: { ...plain.score, rule: total, base: total, total, correct: total === 1 },
    }));
  };
  const trained = underSettings(
    [makeGroup({ answers: scored(1, 0, 0, 0) })],
    1,
    { ...config, norm_adv_by_std: false },
    config,
  );

  it('has advantages that are not divided by the deviation, the moment the switch is turned', () => {
    const state: UiState = {
      ...initialState,
      config,
      groups: trained,
      step: 1,
      shownUid: '1-1-0',
      draft: { norm_adv_by_std: false },
    };
    expect(imaginedGroup(state)?.answers.map(({ advantage }) => advantage)).toEqual([
      0.75, -0.25, -0.25, -0.25,
    ]);
    expect(isImagined(state)).toBe(true);
    expect(imaginedGroup(state)).toBe(imaginedGroup(state));
    expect(isImagined({ ...state, draft: {} })).toBe(false);
    expect(isImagined({ ...state, draft: { clip_ratio_high: 0.4 } })).toBe(false);
  });

  it('has the overlong term of the ramp on the controls, in the reward and in the group’s mean', () => {
    const group = makeGroup({ answers: lengths(30, 44, 48) });
    const [moved] = underSettings([group], 1, { ...config, 'overlong_buffer.enable': false }, config);
    expect(moved.answers.map(({ score }) => score.overlong)).toEqual([0, -0.5, -1]);
    expect(moved.answers.map(({ score }) => score.total)).toEqual([1, 0.5, 0]);
    expect(moved.mean).toBe(0.5);
    const wide = { ...config, 'overlong_buffer.len': 24 };
    expect(overlongTerm(36, wide)).toBe(-0.5);
    expect(overlongTerm(36, { ...wide, 'overlong_buffer.enable': false })).toBe(0);
  });

  it('keeps a uniform group with dynamic sampling off, drops it with it on, and leaves a surplus out', () => {
    const off: RunConfig = { ...config, 'filter_groups.enable': false };
    const uniform: GroupView = {
      ...makeGroup({ answers: scored(0, 0) }),
      kept: false,
      dropReason: 'all wrong',
    };
    const surplus: GroupView = { ...makeGroup({ uid: '1-1-2' }), kept: false, dropReason: 'surplus' };
    const [one, other] = underSettings([uniform, surplus], 1, config, off);
    expect([one.kept, one.dropReason]).toEqual([true, null]);
    expect(other).toBe(surplus);
    const [again] = underSettings([one], 1, off, config);
    expect([again.kept, again.dropReason]).toEqual([false, 'all wrong']);
  });

  it('leaves other steps, and what would not change, the same objects', () => {
    const elsewhere = makeGroup({ uid: '2-1-0', step: 2 });
    const groups = [elsewhere, makeGroup({ answers: lengths(3, 5) })];
    const wide = underSettings(groups, 1, config, { ...config, 'overlong_buffer.penalty_factor': 2 });
    expect(wide[0]).toBe(elsewhere);
    expect(wide[1]).toBe(groups[1]);
  });
});

describe('the weight of a token', () => {
  const batch = [
    makeGroup({ uid: '1-1-0', answers: lengths(10, 30) }),
    makeGroup({ uid: '1-1-1', answers: lengths(20, 20) }),
  ];
  const weightOf = (changes: Partial<RunConfig>, answer = 0) =>
    weightIn(batch, '1-1-0', answer, { ...config, ...changes })?.weight;

  it('is one of all tokens of the update, or of its answer and all answers, by the aggregation', () => {
    expect(weightOf({ loss_agg_mode: 'token-mean' })).toBeCloseTo(1 / 80, 8);
    expect(weightOf({ loss_agg_mode: 'token-mean', token_mean_over: 'group' })).toBeCloseTo(1 / 80, 8);
    expect(weightOf({ loss_agg_mode: 'seq-mean-token-mean' })).toBeCloseTo(1 / (4 * 10), 8);
    expect(weightOf({ loss_agg_mode: 'seq-mean-token-mean' }, 1)).toBeCloseTo(1 / (4 * 30), 8);
    expect(weightOf({ loss_agg_mode: 'seq-mean-token-sum' })).toBe(0.25);
  });

  it('of a whole update adds up to 1 under a mean, and is unknown where the page lacks groups of it', () => {
    const state: UiState = { ...initialState, config, groups: batch, step: 1, shownUid: '1-1-0', answer: 1 };
    const kept = (count: number) => [{ step: 1, metrics: { 'group/kept': count } }];
    expect(selectedWeight({ ...state, history: kept(3) })).toBeNull();
    const weight = selectedWeight({ ...state, history: kept(2) });
    expect(weight).toMatchObject({ answers: 4, update: 1, mode: 'token-mean' });
    expect((weight?.weight ?? 0) * 80).toBeCloseTo(1, 6);
    const draft = { loss_agg_mode: 'seq-mean-token-mean' } as const;
    expect(selectedWeight({ ...state, history: kept(2), draft })?.weight).toBeCloseTo(1 / (4 * 30), 8);
  });
});

describe('the shipped recording', () => {
  let recording: Recording;
  beforeAll(async () => {
    const archive = await readFile('public/replay/micro.zip');
    recording = await Recording.open(
      'shipped',
      await unpackRecording(new Blob([new Uint8Array(archive)])),
      null,
    );
  });

  it('scored again from its texts by the same settings has the scores, advantages and dropped groups of training', async () => {
    const own = await recording.config(1);
    const other: RunConfig = {
      ...own,
      'reward.rule': own['reward.rule'] === 'strict' ? 'faithful' : 'strict',
    };
    const without: RunConfig = { ...other, 'overlong_buffer.enable': false, norm_adv_by_std: false };
    let answers = 0;
    for (const step of recording.steps.slice(0, 6)) {
      const groups = (await recording.view(step))?.groups ?? [];
      // Away and back: everything is worked out anew.
      const away = underSettings(groups, step, own, without);
      const back = underSettings(away, step, without, own);
      back.forEach((group, i) => {
        expect([group.kept, group.dropReason]).toEqual([groups[i].kept, groups[i].dropReason]);
        group.answers.forEach(({ score, advantage }, j) => {
          const trained = groups[i].answers[j];
          expect(score.rule).toBe(trained.score.rule);
          expect(score.total).toBeCloseTo(trained.score.total, 5);
          expect(advantage).toBeCloseTo(trained.advantage, 4);
          answers++;
        });
      });
    }
    expect(answers).toBeGreaterThan(100);
  });
});

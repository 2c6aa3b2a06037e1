import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { initialState, type UiState } from '../../src/ui/state/model';
import { isUntrainable, makeProblem } from '../../src/ui/state/problems';
import { applyEvent } from '../../src/ui/state/reducer';
import { dayOf, isSeen, replayStem, seeker, seenSettings } from '../../src/ui/state/replay';
import { makeGroup } from '../support/groups';

const config = makeConfig('micro', { clip_ratio_high: 0.3 });
const recording = {
  storedId: null,
  name: 'micro, seed 1',
  adapterClass: 'software: llvmpipe',
  begun: 1_790_000_000,
  commit: 'abcdef0123',
  lastStep: 30,
};
const position = (step: number) => ({
  runId: 'a',
  type: 'position' as const,
  step,
  config,
  rows: Array.from({ length: step }, (_, i) => ({ step: i + 1, metrics: { 'critic/rewards/mean': i } })),
  changes: [{ step: 2, key: 'clip_ratio_high', from: 0.28, to: 0.3, time: 60 }],
  evaluations: [],
});

describe('a recorded run on the page', () => {
  const played: UiState = {
    ...initialState,
    runId: 'a',
    recording,
    step: 9,
    groups: [9, 8, 3].map((step) => makeGroup({ uid: `${step}-1-0`, step })),
    shownUid: '9-1-0',
    token: 1,
    draft: { clip_ratio_low: 0.1, clip_ratio_high: 0.3 },
  };

  it('moved back knows nothing of what came later, and keeps how its tokens are seen', () => {
    const moved = { ...played, ...applyEvent(played, position(5), 0) };
    expect(moved.step).toBe(5);
    expect(moved.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(moved.groups.map(({ uid }) => uid)).toEqual(['3-1-0']);
    expect(moved.shownUid).toBeNull();
    expect(moved.marks).toHaveLength(1);
    expect(moved.recording).toBe(recording);
    // What training used and what the page sees by are the same in one of the two.
    expect(moved.draft).toEqual({ clip_ratio_low: 0.1 });
  });

  it('moved forward keeps the group it shows until the next one comes', () => {
    const moved = { ...played, ...applyEvent(played, position(12), 0) };
    expect(moved.shownUid).toBe('9-1-0');
    expect(moved.token).toBe(1);
  });

  it('can be seen by other bounds, and by nothing that training would have to follow', () => {
    expect(isSeen('clip_ratio_high')).toBe(true);
    expect(isSeen('policy_loss.loss_mode')).toBe(true);
    expect(isSeen('lr')).toBe(false);
    expect(isSeen('norm_adv_by_std')).toBe(false);
    const query = new URLSearchParams('replay=1&clip_ratio_high=0.3&lr=1e-4');
    expect(seenSettings(config, query)).toEqual({ clip_ratio_high: 0.3 });
  });

  it('is named in every download as a replay, with its run and day', () => {
    expect(dayOf(1_790_000_000)).toBe('2026-09-21');
    expect(dayOf(0)).toBe('undated');
    expect(dayOf(1e300)).toBe('undated');
    expect(replayStem(recording)).toBe('replay-micro-seed-1-2026-09-21');
  });

  it('stands in where nothing can be trained, not where training failed', () => {
    const of = (code: string) => isUntrainable(makeProblem(code, '', ''));
    expect(['gpu.none', 'gpu.no_adapter', 'gpu.insecure'].every(of)).toBe(true);
    expect(['gpu.oom', 'gpu.lost', 'internal', 'store.full'].some(of)).toBe(false);
    // A step that cannot be shown does not end the replay.
    expect(makeProblem('replay.step', '', '').severity).toBe('refused');
  });
});

describe('moving through a recorded run', () => {
  it('goes to the first place at once and of those that come meanwhile only to the last', async () => {
    const asked: number[] = [];
    let arrive = (_: number) => {};
    const replay = {
      seek: (step: number) => {
        asked.push(step);
        return new Promise<number>((resolve) => (arrive = resolve));
      },
    } as unknown as Parameters<typeof seeker>[0] extends () => infer R ? NonNullable<R> : never;
    const seek = seeker(() => replay);
    const going = seek(3);
    for (const step of [4, 5, 6]) void seek(step);
    expect(asked).toEqual([3]);
    arrive(3);
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual([3, 6]);
    arrive(6);
    expect(await going).toBe(6);
    await Promise.resolve();
    void seek(7);
    expect(asked).toEqual([3, 6, 7]);
  });
});

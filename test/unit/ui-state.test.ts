import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { presets } from '../../src/run/presets';
import { waitReason } from '../../src/ui/state/autostart';
import { maxGroups, mergeGroups, worthShowing } from '../../src/ui/state/groups';
import { appendRow, bandOf, type MetricRow, maxRows, rowOf, series } from '../../src/ui/state/history';
import { effectiveConfig, initialState, type UiState } from '../../src/ui/state/model';
import { addProblem, problemOf } from '../../src/ui/state/problems';
import { applyEvent } from '../../src/ui/state/reducer';
import { makeGroup } from '../support/groups';

const running: UiState = { ...initialState, runId: 'a', state: 'running' };
const at = (state: UiState, event: object, nowMs = 10_000): UiState => ({
  ...state,
  ...applyEvent(state, { runId: 'a', ...event } as Parameters<typeof applyEvent>[1], nowMs),
});
const stepOf = (step: number, groups = [makeGroup({ uid: `${step}-1-0`, step, update: 1 })]) => ({
  type: 'step',
  record: { step, metrics: { 'critic/rewards/mean': step / 10 }, groups, updates: 4 },
});

describe('the page state', () => {
  it('ignores events of runs it no longer shows', () => {
    expect(applyEvent(running, { runId: 'b', ...stepOf(1) } as Parameters<typeof applyEvent>[1], 0)).toEqual(
      {},
    );
  });

  it('keeps metrics, groups and update counts of a step', () => {
    const state = at(running, stepOf(3));
    expect(state.step).toBe(3);
    expect(rowOf(state.history, 3)?.metrics['critic/rewards/mean']).toBe(0.3);
    expect(state.updates[3]).toBe(4);
    expect(state.shownUid).toBe('3-1-0');
  });

  it('keeps what the held-out questions said, in the order of the steps', () => {
    const evaluation = (step: number, sampledReward: number) => ({
      type: 'evaluation',
      step,
      questions: 64,
      sampledReward,
      greedyAccuracy: 0.5,
    });
    const twice = at(at(running, evaluation(20, 0.3)), evaluation(40, 0.4));
    expect(twice.evaluations.map(({ step, sampledReward }) => [step, sampledReward])).toEqual([
      [20, 0.3],
      [40, 0.4],
    ]);
    // After a device was lost the run goes on from an earlier step.
    expect(at(twice, evaluation(20, 0.35)).evaluations).toHaveLength(1);
  });

  it('keeps stage and pool of the last step, and how far an evaluation by suites is', () => {
    const stage = {
      index: 1,
      name: 'stage 2',
      lengths: { over: 9, max: 99 },
      steps: 1,
      ended: null,
      isLast: true,
    };
    const { record, type } = stepOf(3);
    const state = at(running, { type, record: { ...record, stage, pool: [] } });
    expect(state).toMatchObject({ stage, pool: [] });
    expect(at(state, stepOf(4)).stage).toBeNull();
    const asking = at(state, { type: 'suites', done: 3, cells: 9 });
    expect(asking.suites).toEqual({ done: 3, cells: 9 });
    expect(at(asking, { type: 'suites', done: 9, cells: 9 }).suites).toBeNull();
  });

  it('leaves a group on screen long enough to read it, then follows', () => {
    const first = at(running, stepOf(1), 10_000);
    expect(at(first, stepOf(2), 10_500).shownUid).toBe('1-1-0');
    expect(at(first, stepOf(2), 12_000).shownUid).toBe('2-1-0');
  });

  it('stays on the group a person chose', () => {
    const chosen = { ...at(running, stepOf(1)), follow: false };
    expect(at(chosen, stepOf(2), 99_000).shownUid).toBe('1-1-0');
  });

  it('shows the newest step once training rests', () => {
    const shown = at(at(running, stepOf(1), 10_000), stepOf(2), 10_100);
    expect(shown.shownUid).toBe('1-1-0');
    expect(at(shown, { type: 'state', state: 'paused', step: 2, reason: null }).shownUid).toBe('2-1-0');
  });

  it('marks a live change and closes the draft it answers', () => {
    const drafted = { ...running, draft: { clip_ratio_high: 0.3, lr: 1e-3 } };
    const config = { ...presets['qwenlong-l1-script'], clip_ratio_high: 0.3 };
    const changes = [{ key: 'clip_ratio_high', from: 0.2, to: 0.3 }];
    const memory = [{ part: 'weights' as const, bytes: 1000 }];
    const state = at(drafted, { type: 'config', config, step: 7, changes, memory });
    expect(state.memory).toEqual(memory);
    expect(state.marks).toMatchObject([{ step: 7, key: 'clip_ratio_high', from: 0.2, to: 0.3 }]);
    expect(state.draft).toEqual({ lr: 1e-3 });
    expect(effectiveConfig(state).lr).toBe(1e-3);
  });

  it('takes the draft back when a change is refused', () => {
    const drafted = { ...running, draft: { group_size: 3 } };
    const state = at(drafted, { type: 'error', code: 'config.conflict', message: 'No.', advice: 'Yes.' });
    expect(state.draft).toEqual({});
    expect(state.problems[0]).toMatchObject({ code: 'config.conflict', severity: 'refused' });
  });

  it('changes the document only when the engine has taken it', () => {
    const document = { id: 'mine', title: 'Mine', text: 'Text.', source: 'imported' as const };
    const offered = { ...running, offered: document };
    expect(at(offered, { type: 'document', id: 'other' }).document).toBeNull();
    expect(at(offered, { type: 'document', id: 'mine' }).document).toBe(document);
    const given = { questions: 9, train: 7, heldOut: 2, tooLong: 0, shared: false };
    expect(at(offered, { type: 'document', id: 'mine', given }).given).toEqual(given);
    expect(at(offered, { type: 'document', id: 'other', given }).given).toBeNull();
    const refused = at(offered, {
      type: 'error',
      code: 'document.too_short',
      message: 'Short.',
      advice: 'Longer.',
    });
    expect(refused.offered).toBeNull();
    expect(refused.document).toBeNull();
  });
});

describe('answers that are being written', () => {
  const scored = makeGroup({ uid: '2-1-0', step: 2, update: 0 });
  const growing = (text: string, whole = false, uid = scored.uid) => ({
    type: 'answering' as const,
    answering: { uid, step: 2, question: scored, whole, answers: [{ text, tokens: 1, ended: whole }] },
  });
  const empty = { ...running, groups: [], shownUid: null };

  it('stand where there is nothing yet, until they come scored', () => {
    const state = at(at(empty, growing('The')), growing('The answer'));
    expect(state.answering?.answers[0].text).toBe('The answer');
    const after = at(state, { type: 'groups', step: 2, groups: [scored] });
    expect([after.answering, after.shownUid]).toEqual([null, scored.uid]);
  });

  it('leave what was just learned from to be read, and nothing that a person chose gives way', () => {
    const learned = makeGroup({ uid: '1-1-0', step: 1, update: 1 });
    const shown = { ...running, groups: [learned], shownUid: learned.uid, shownAtMs: 0 };
    const seen = (state: Partial<UiState>, nowMs: number, whole = false) =>
      applyEvent({ ...shown, ...state }, { runId: running.runId, ...growing('The', whole) }, nowMs).answering;
    expect(seen({}, 1000)).toBeUndefined();
    expect(seen({}, 5000)).toMatchObject({ uid: scored.uid });
    expect(seen({}, 1000, true), 'a step that waits is there to be looked at').toBeTruthy();
    expect(seen({ follow: false }, 5000)).toBeUndefined();
    expect(seen({ cursor: 3 }, 5000)).toBeUndefined();
  });

  it('end with their step, and with a run that stops', () => {
    const state = at(empty, growing('The'));
    expect(at(state, { type: 'state', state: 'paused', step: 2, reason: 'part' }).answering).toBeTruthy();
    expect(at(state, { type: 'state', state: 'paused', step: 2, reason: null }).answering).toBeNull();
    expect(at(state, { type: 'state', state: 'failed', step: 2, reason: 'gpu.lost' }).answering).toBeNull();
  });
});

describe('the windows', () => {
  it('hold a bounded number of rows, thin the old half, keep the newest whole', () => {
    let rows: readonly MetricRow[] = [];
    for (let step = 1; step <= 6000; step++) rows = appendRow(rows, { step, metrics: { a: step } });
    expect(rows.length).toBeLessThanOrEqual(maxRows);
    expect(rows[0].step).toBe(1);
    const newest = maxRows / 4;
    expect(rows.slice(-newest).map(({ step }) => step)).toEqual(
      Array.from({ length: newest }, (_, i) => 6001 - newest + i),
    );
    expect(series(rows, 'b').values.every((value) => value === null)).toBe(true);
    // Each row reaches over exactly the steps since the row before it.
    const band = bandOf(rows, 'a', false);
    rows.forEach(({ step }, i) => {
      expect([band?.low[i], band?.high[i]]).toEqual([(rows[i - 1]?.step ?? 0) + 1, step]);
    });
    expect(rows.filter(({ low }) => low).length).toBeGreaterThan(maxRows / 8);
  });

  it('hold the shown group and the last updated step whatever streams in', () => {
    const shown = makeGroup({ uid: '1-1-0', step: 1, update: 2 });
    const learned = Array.from({ length: 8 }, (_, i) => makeGroup({ uid: `5-1-${i}`, step: 5, update: 1 }));
    const streamed = Array.from({ length: 60 }, (_, i) => makeGroup({ uid: `6-1-${i}`, step: 6, update: 0 }));
    const merged = mergeGroups([shown, ...learned], streamed, '1-1-0');
    expect(merged).toHaveLength(maxGroups);
    expect(merged).toContain(shown);
    for (const group of learned) expect(merged).toContain(group);
    expect(merged[0].step).toBe(6);
  });

  it('show by themselves a group that the last update used', () => {
    const groups = [0, 1, 4, 2].map((update, i) => makeGroup({ uid: `1-1-${i}`, step: 1, update }));
    expect(worthShowing(groups)?.uid).toBe('1-1-2');
    expect(worthShowing([])).toBeNull();
  });
});

describe('problems', () => {
  it('keep the code of an error thrown by a worker', () => {
    const plain = { code: 'document.binary', message: 'Not text.', advice: 'Another file.' };
    expect(problemOf(plain)).toEqual({ ...plain, severity: 'refused' });
    expect(problemOf(new CodedError('gpu.lost', 'Lost.', 'Again.')).severity).toBe('fatal');
    expect(problemOf(new Error('odd')).code).toBe('internal');
  });

  it('stand once each, the newest first', () => {
    const a = problemOf(new CodedError('gpu.lost', 'Lost.', 'Again.'));
    const b = problemOf(new CodedError('config.unknown', 'What?', 'This?'));
    expect(addProblem(addProblem(addProblem([], a), b), a).map(({ code }) => code)).toEqual([
      'gpu.lost',
      'config.unknown',
    ]);
  });
});

describe('autostart', () => {
  const fine = {
    software: false,
    reducedMotion: false,
    hidden: false,
    saveData: false,
    lowBattery: false,
    query: null,
  };

  it('starts by itself on hardware when nothing speaks against it', () => {
    expect(waitReason(fine)).toBeNull();
  });

  it('waits on a software adapter, with reduced motion, hidden, saving data, low on battery, when asked', () => {
    expect(waitReason({ ...fine, software: true })).toBe('software');
    expect(waitReason({ ...fine, reducedMotion: true })).toBe('motion');
    expect(waitReason({ ...fine, hidden: true })).toBe('hidden');
    expect(waitReason({ ...fine, saveData: true })).toBe('data');
    expect(waitReason({ ...fine, lowBattery: true })).toBe('battery');
    expect(waitReason({ ...fine, query: '0' })).toBe('asked');
    expect(waitReason({ ...fine, software: true, query: '1' })).toBeNull();
  });
});

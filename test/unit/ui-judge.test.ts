/** @file What the page knows of its judge: told once that it fails, taken back when it answers again. */
import { describe, expect, it } from 'vitest';
import { initialState, type UiState } from '../../src/ui/state/model';
import { applyEvent } from '../../src/ui/state/reducer';

const loaded: UiState = {
  ...initialState,
  runId: 'a',
  state: 'running',
  judge: { name: 'embedded', state: 'ready', runtime: 'wasm' },
};
const at = (state: UiState, event: object): UiState => ({
  ...state,
  ...applyEvent(state, { runId: 'a', ...event } as Parameters<typeof applyEvent>[1], 0),
});
const batch = (failure: string | null) => ({
  type: 'judge',
  report: { counts: { asked: 3, cached: 1, undecided: 0, failed: failure ? 2 : 0 }, ms: 4, failure },
});

describe('the judge on the page', () => {
  it('is shown with what it was asked, and stays where it computes', () => {
    const state = at(loaded, batch(null));
    expect(state.judge).toEqual(loaded.judge);
    expect(state.judgeReport?.counts.asked).toBe(3);
    expect(state.problems).toEqual([]);
  });

  it('that fails is told once, with its reason, and the run goes on', () => {
    const failing = at(
      at(loaded, batch('judge_unavailable: worker died')),
      batch('judge_unavailable: worker died'),
    );
    expect(failing.judge).toEqual({ name: 'embedded', state: 'failed', reason: 'worker died' });
    expect(failing.problems).toMatchObject([{ code: 'judge.unavailable', severity: 'refused' }]);
    expect(failing.problems[0].message).toContain('worker died');
    expect(failing.state).toBe('running');
  });

  it('stays dismissed while it goes on failing, and is told anew after it had answered', () => {
    const failing = at(loaded, batch('gone'));
    const dismissed: UiState = { ...failing, problems: [] };
    expect(at(dismissed, batch('gone')).problems).toEqual([]);
    const recovered = at(failing, batch(null));
    expect(recovered.judge.state).toBe('ready');
    expect(recovered.problems).toEqual([]);
    expect(at(recovered, batch('gone again')).problems).toHaveLength(1);
  });

  it('that shares the training device is loading until it has answered', () => {
    const shared: UiState = { ...loaded, judge: { name: 'embedded', state: 'loading', progress: null } };
    const reading = at(shared, { type: 'judge_loading', path: 'model.onnx', bytes: 5, total: 9 });
    expect(reading.judge).toEqual({
      name: 'embedded',
      state: 'loading',
      progress: { path: 'model.onnx', bytes: 5, total: 9 },
    });
    expect(at(reading, batch(null)).judge).toEqual({ name: 'embedded', state: 'ready', runtime: null });
  });
});

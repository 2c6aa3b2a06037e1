import { describe, expect, it } from 'vitest';
import { presets } from '../../src/run/presets';
import { currentHint } from '../../src/ui/state/hints';
import { withUndo } from '../../src/ui/state/undo';

const config = presets['qwenlong-l1-script'];

describe('what undo brings back', () => {
  it('is the value before the change, the last change first', () => {
    const one = withUndo([], { clip_ratio_high: 0.3 }, config, 0);
    const two = withUndo(one, { lr: 1e-3 }, config, 5000);
    expect(two.map(({ before }) => before)).toEqual([{ clip_ratio_high: 0.2 }, { lr: 3e-4 }]);
  });

  it('is where a drag began, not its last step but one', () => {
    let entries = withUndo([], { clip_ratio_high: 0.21 }, config, 0);
    for (let i = 1; i <= 20; i++) {
      const before = { ...config, clip_ratio_high: 0.2 + i / 100 };
      entries = withUndo(entries, { clip_ratio_high: 0.21 + i / 100 }, before, i * 50);
    }
    expect(entries.map(({ before }) => before)).toEqual([{ clip_ratio_high: 0.2 }]);
    const later = withUndo(entries, { clip_ratio_high: 0.5 }, { ...config, clip_ratio_high: 0.41 }, 9000);
    expect(later).toHaveLength(2);
  });

  it('is nothing for a change that changes nothing, and a hundred changes at most', () => {
    expect(withUndo([], { clip_ratio_high: 0.2 }, config, 0)).toEqual([]);
    let entries = withUndo([], { lr: 1e-3 }, config, 0);
    for (let i = 1; i < 150; i++) entries = withUndo(entries, { lr: 1e-3 }, config, i * 2000);
    expect(entries).toHaveLength(100);
  });
});

describe('the hint on screen', () => {
  it('is the first that nobody has done, and none once they are done or ended', () => {
    expect(currentHint({ done: [], ended: false })).toBe('token');
    expect(currentHint({ done: ['token', 'fork'], ended: false })).toBe('clip');
    expect(currentHint({ done: ['token', 'clip', 'fork'], ended: false })).toBeNull();
    expect(currentHint({ done: [], ended: true })).toBeNull();
  });
});

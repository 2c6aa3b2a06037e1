import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import type { RunDescription } from '../../src/run/run-description';
import { cleanName, differenceName, runName } from '../../src/run/run-names';
import { waitReason } from '../../src/ui/state/autostart';
import { initialState, type UiState } from '../../src/ui/state/model';
import { applyEvent } from '../../src/ui/state/reducer';
import { bootChoice } from '../../src/ui/state/runs';

const stored: RunDescription = {
  id: 'run-1',
  name: 'brave-otter',
  config: makeConfig('micro', { clip_ratio_high: 0.31 }),
  steps: 12,
  checkpoints: [11, 12],
  reward: 0.4,
  begun: 1,
  changed: 2,
  adapterClass: 'software',
  commit: '0123abc',
  documentId: 'd',
  documentTitle: 'A text',
  forkedFrom: null,
  difference: '',
  seedOf: null,
  damage: null,
};

describe('the opened page and a stored run', () => {
  it('goes on with it where the link asks for nothing else', () => {
    expect(bootChoice(stored, null)).toBe('resume');
    expect(bootChoice(stored, makeConfig('micro', { clip_ratio_high: 0.31 }))).toBe('resume');
  });

  it('opens what the link asks for, and offers the stored run', () => {
    expect(bootChoice(stored, makeConfig('micro'))).toBe('offer');
    expect(bootChoice(stored, makeConfig('micro', { clip_ratio_high: 0.31, seed: 9 }))).toBe('offer');
  });

  it('opens a new run where there is none to go on with', () => {
    expect(bootChoice(null, null)).toBe('new');
    expect(bootChoice({ ...stored, config: null }, null)).toBe('new');
  });

  it('waits for a person, unless the link says autostart=1', () => {
    const here = { software: false, reducedMotion: false, hidden: false, saveData: false, lowBattery: false };
    expect(waitReason({ ...here, query: null, stored: true })).toBe('stored');
    expect(waitReason({ ...here, query: '1', stored: true })).toBeNull();
  });

  it('shows its past: curves, changes, held-out values, document and name', () => {
    const state: UiState = { ...initialState, runId: 'run-1', state: 'opening' };
    const document = { id: 'd', title: 'A text', text: 'Text.', source: 'imported' } as const;
    const restored = applyEvent(
      state,
      {
        runId: 'run-1',
        type: 'restored',
        name: 'brave-otter',
        step: 2,
        document,
        rows: [1, 2].map((step) => ({ step, metrics: { 'critic/rewards/mean': step / 10 } })),
        changes: [{ step: 2, key: 'lr', from: 1e-3, to: 5e-4, time: 0 }],
        evaluations: [{ step: 2, questions: 8, sampledReward: 0.3, greedyAccuracy: 0.4 }],
      },
      0,
    );
    expect(restored).toMatchObject({ step: 2, name: 'brave-otter', document });
    expect(restored.history?.map(({ step }) => step)).toEqual([1, 2]);
    expect(restored.marks).toMatchObject([{ step: 2, key: 'lr', to: 5e-4 }]);
    expect(restored.evaluations).toHaveLength(1);
  });
});

describe('names of runs', () => {
  it('are the same for the same id, and mostly differ', () => {
    expect(runName('run-abc')).toBe(runName('run-abc'));
    const names = new Set(Array.from({ length: 100 }, (_, i) => runName(`run-${i}`)));
    expect(names.size).toBeGreaterThan(80);
  });

  it('typed by a person are one short line without control characters', () => {
    expect(cleanName('  a\n\tb\u0000\u202e c ')).toBe('a b c');
    expect(cleanName('x'.repeat(200))).toHaveLength(80);
    expect(cleanName('\u200b \n')).toBe('');
  });
});

describe('what tells a run from others, beside its name', () => {
  it('names two differences and counts the rest; switches have a sign', () => {
    expect(differenceName([])).toBe('');
    const clip = { key: 'clip_ratio_high', a: 0.2, b: 0.28 };
    expect(differenceName([clip])).toBe('ε_high 0.2→0.28');
    const off = { key: 'filter_groups.enable', a: true, b: false };
    const rest = ['lr', 'group_size'].map((key) => ({ key, a: 1, b: 2 }));
    expect(differenceName([clip, off, ...rest])).toBe('ε_high 0.2→0.28, −filter_groups.enable, 2 more');
    expect(differenceName([{ ...off, a: false, b: true }])).toBe('+filter_groups.enable');
    expect(differenceName([{ key: 'curriculum', a: '', b: '192x3' }])).toBe('curriculum –→192x3');
    expect(differenceName([{ key: 'curriculum', a: '', b: 'sft:96x200/vary=0.5,192x3' }])).toBe(
      'other curriculum',
    );
  });
});

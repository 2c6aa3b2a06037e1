import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import {
  advanceStage,
  bracketOf,
  type CurriculumState,
  checkStageEdit,
  resumeStage,
  type Stage,
  stageStart,
} from '../../src/rl/curriculum';
import { changeLive, makeConfig } from '../../src/run/config';
import { configFromQuery, configToQuery } from '../../src/run/config-text';
import { presets } from '../../src/run/presets';
import { formatStages, parseStages, stageSteps } from '../../src/run/stages-text';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    expect((error as CodedError).advice).toMatch(/\.$/);
    return (error as CodedError).code;
  }
  return 'none';
}

/** Plays steps until a stage ends; the stages that ended, with the number of steps each took. */
function play(text: string, outcome: (step: number) => { reward: number; entropy: number }, steps: number) {
  const stages = parseStages(text);
  let state: CurriculumState = stageStart();
  const ends: [stage: number, steps: number, reason: string][] = [];
  for (let step = 1; step <= steps; step++) {
    const before = state;
    const result = advanceStage(state, stages, outcome(step));
    if (result.ended) ends.push([before.stage, before.steps + 1, result.ended]);
    state = result.state;
  }
  return { ends, state };
}

describe('stages', () => {
  it('take lengths above the stage before and up to their own (Eq. 9)', () => {
    const stages = parseStages('256x40,1024x40,4096');
    expect(stages.map((_, i) => bracketOf(stages, i))).toEqual([
      { over: 0, max: 256 },
      { over: 256, max: 1024 },
      { over: 1024, max: 4096 },
    ]);
  });

  it('end after their steps; the last one says so once and goes on', () => {
    const { ends, state } = play('256x3,512x2', () => ({ reward: 0.5, entropy: 1 }), 9);
    expect(ends).toEqual([
      [0, 3, 'steps'],
      [1, 2, 'steps'],
    ]);
    expect(state).toMatchObject({ stage: 1, steps: 6, done: true });
  });

  it('end on a plateau of the reward: no window mean beats the best by the gain for the patience', () => {
    // Rises for ten steps and then stands still: window means stop rising two steps later.
    const { ends } = play(
      '256/plateau=3:0.01:4,512',
      (step) => ({ reward: Math.min(step, 10) / 10, entropy: 1 }),
      40,
    );
    expect(ends).toEqual([[0, 16, 'plateau']]);
    expect(play('256/plateau=3:0.01:4,512', (step) => ({ reward: step / 50, entropy: 1 }), 40).ends).toEqual(
      [],
    );
  });

  it('end when entropy falls below the floor', () => {
    expect(play('256/entropy=0.2,512', (step) => ({ reward: 0, entropy: 1 / step }), 20).ends).toEqual([
      [0, 6, 'entropy'],
    ]);
  });

  it('end by whichever rule comes first', () => {
    const outcome = (step: number) => ({ reward: 0, entropy: step < 5 ? 1 : 0.1 });
    expect(play('256x8/entropy=0.2,512x4/entropy=0.01', outcome, 9).ends).toEqual([
      [0, 5, 'entropy'],
      [1, 4, 'steps'],
    ]);
  });

  it('a stage added after the end is taken up', () => {
    const { state } = play('256x2', () => ({ reward: 0, entropy: 1 }), 3);
    expect(resumeStage(state, parseStages('256x2'))).toBe(state);
    expect(resumeStage(state, parseStages('256x2,512x2'))).toEqual(stageStart(1));
  });
});

describe('stages that cannot be', () => {
  it.each([
    ['256x40,256x40', 'curriculum.order'],
    ['1024x40,256x40', 'curriculum.order'],
    ['256,1024x40', 'curriculum.endless'],
    ['256x4,1024/share=1', 'curriculum.share'],
    ['256x4/share=0.2,1024', 'curriculum.share'],
    ['', 'config.type'],
    ['256x0,512', 'curriculum.format'],
    ['8x4', 'curriculum.format'],
    ['256x4/share=-1', 'curriculum.format'],
    ['256x4/plateau=3', 'curriculum.format'],
    ['256x4/plateau=2.5:0:1', 'curriculum.format'],
    ['256x4/colour=red', 'curriculum.format'],
    ['256x4,sft:96x4', 'curriculum.order'],
    ['sft:96x4,sft:96x4,256x4', 'curriculum.order'],
    ['sft:96,256x4', 'curriculum.endless'],
    ['sft:96x4,256x4/share=0.2', 'curriculum.share'],
    ['sft:96x4/share=0.2,256x4', 'curriculum.format'],
    ['sft:96x4/entropy=0.2,256x4', 'curriculum.format'],
    ['256x4/vary=0.5,512', 'curriculum.format'],
    ['sft:96x4/vary=2,256x4', 'curriculum.format'],
    ['sft:', 'curriculum.format'],
    ['sft:2048x4,256x4', 'curriculum.too_long'],
    ['256x4/name=<b>', 'curriculum.format'],
    ['256x4,,512', 'curriculum.format'],
    [Array.from({ length: 17 }, (_, i) => `${64 + i}x1`).join(), 'curriculum.format'],
    ['256x4,999999x4', 'curriculum.format'],
    ['256x4,2048x4', 'curriculum.too_long'],
  ])('%s is refused with %s before a run begins', (curriculum, code) => {
    expect(codeOf(() => makeConfig('qwenlong-l1-script', { curriculum }))).toBe(code);
  });

  it('include shares where the pool is off', () => {
    const curriculum = '128x4,256x4/share=0.5';
    expect(codeOf(() => makeConfig('micro', { curriculum, 'pool.rule': 'off' }))).toBe('curriculum.share');
    expect(codeOf(() => makeConfig('micro', { curriculum }))).toBe('none');
  });

  it('a group of one is refused', () => {
    expect(codeOf(() => makeConfig('micro', { group_size: 1 }))).toBe('config.range');
  });
});

describe('stages as text', () => {
  const stage = fc.record({
    vary: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })),
    steps: fc.option(fc.integer({ min: 1, max: 1e6 })),
    share: fc.option(fc.double({ min: 0, max: 0.99, noNaN: true })),
    plateau: fc.option(
      fc.record({
        window: fc.integer({ min: 1, max: 1000 }),
        gain: fc.double({ min: 0, max: 1, noNaN: true }),
        patience: fc.integer({ min: 1, max: 1000 }),
      }),
    ),
    entropyFloor: fc.option(fc.double({ min: 1e-6, max: 20, noNaN: true })),
    name: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9 ._-]{0,20}[a-z]$/)),
  });
  const round = (value: number) => Number(value.toFixed(6));
  const lists = fc.array(stage, { minLength: 1, maxLength: 16 });
  const stages = fc.tuple(lists, fc.nat({ max: 2 })).map(([list, warmups]) =>
    list.map(({ steps, share, plateau, entropyFloor, vary, name }, i): Stage => {
      const isSft = i < warmups;
      const usual = isSft ? (i === 0 ? 'warm-up' : `warm-up ${i + 1}`) : `stage ${i + 1 - warmups}`;
      return {
        kind: isSft ? 'sft' : 'rl',
        name: name ?? usual,
        maxTokens: 64 * (i + 1),
        // Only the last stage may be without an end.
        stop: {
          steps: steps ?? (i < list.length - 1 ? 5 : null),
          plateau: isSft ? null : plateau && { ...plateau, gain: round(plateau.gain) },
          entropyFloor: isSft ? null : entropyFloor && Math.max(1e-6, round(entropyFloor)),
          vary: isSft && vary !== null ? round(vary) : null,
        },
        share: i <= warmups || share === null ? null : round(share),
      };
    }),
  );

  it('come back as they were', () => {
    fc.assert(
      fc.property(stages, (list) => {
        expect(parseStages(formatStages(list))).toEqual(list);
      }),
    );
  });

  it('never fail with anything but a coded error', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('256x4', ',', '/', 'share=', 'plateau=1:2:3', 'off', '512', 'sft:', 'vary=.5'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const code = codeOf(() => parseStages(text));
        expect(code === 'none' || code.startsWith('curriculum.')).toBe(true);
        if (code === 'none')
          expect(formatStages(parseStages(formatStages(parseStages(text))))).toBe(
            formatStages(parseStages(text)),
          );
      }),
    );
  });

  it('say how many steps they take together, where all say so', () => {
    expect(stageSteps('256x40,512x20/share=0.1')).toBe(60);
    expect(stageSteps('256x40,512')).toBeNull();
    expect(stageSteps('off')).toBeNull();
  });

  it('travel in links', () => {
    const config = makeConfig('micro', { curriculum: ' 128x40, 256x40/share=0.3 ', seed: 5 });
    expect(config.curriculum).toBe('128x40,256x40/share=0.3');
    expect(configFromQuery(configToQuery(config))).toEqual({ config, notices: [] });
    expect(configFromQuery('preset=micro&curriculum=9x9').notices.map(({ code }) => code)).toEqual([
      'curriculum.format',
    ]);
  });

  it('of the presets: off where there was none, and the paper’s 20K and 60K', () => {
    for (const name of ['qwenlong-l1-script', 'dapo-clip-higher', 'micro'] as const)
      expect(presets[name].curriculum).toBe('off');
    expect(parseStages(presets['qwenlong-l1-phased'].curriculum).map(({ maxTokens }) => maxTokens)).toEqual([
      20_000, 60_000,
    ]);
    expect(parseStages(presets.phased.curriculum).map(({ maxTokens }) => maxTokens)).toEqual([
      256, 1024, 4096,
    ]);
  });
});

describe('stages changed while a run is in stage 2', () => {
  const before = '128x4,256x4,512x4';
  const edit = (after: string) => codeOf(() => checkStageEdit(parseStages(before), parseStages(after), 1));

  it.each([
    '128x4,256x4',
    '128x4,256x9/share=0.1',
    '128x4,256x4,300x4,1024x4',
    '128x4,256x4/plateau=3:0.1:2,512x4',
  ])('%s touches only what is to come', (after) => expect(edit(after)).toBe('none'));

  it.each([
    '128x5,256x4,512x4',
    '128x4,300x4,512x4',
    '64x2,256x4',
    '128x4',
    'off',
    'sft:96x4,128x4,256x4,512x4',
    'sft:128x4,256x4,512x4',
  ])('%s touches the past or the present lengths and is refused', (after) =>
    expect(edit(after)).toBe('curriculum.past'),
  );

  it.each([
    ['sft:96x9/vary=0.5,128x4', 'none'],
    ['sft:96x4,sft:128x4,256x4', 'none'],
    ['96x4,128x4', 'curriculum.past'],
    ['sft:64x4,128x4', 'curriculum.past'],
  ])('during warm-up: %s is answered with %s', (after, code) => {
    expect(codeOf(() => checkStageEdit(parseStages('sft:96x4,128x4'), parseStages(after), 0))).toBe(code);
  });

  it('a curriculum cannot be switched on in the middle', () => {
    expect(codeOf(() => checkStageEdit([], parseStages(before), 0))).toBe('curriculum.past');
  });

  it('the setting itself is not one that needs a fork', () => {
    const config = makeConfig('micro', { curriculum: '128x4,256x4' });
    expect(changeLive(config, { curriculum: '128x4,300x4' }).curriculum).toBe('128x4,300x4');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAdvantages } from '../../src/rl/advantage';
import { taskAdvantage } from '../../src/rl/advantage-variants';
import { visible } from '../../src/ui/format';
import { termsOf } from '../../src/ui/panels/answer-terms';
import { histogram } from '../../src/ui/panels/histogram';
import { keptWords } from '../../src/ui/panels/kept-words';
import { nextClipped, nextSurprising, paintAnswer, tokenValue } from '../../src/ui/panels/token-colour';
import { layOutTokens, runsOf, tokenAtOffset, tokensPerNode } from '../../src/ui/panels/token-layout';
import { tokenColours } from '../../src/ui/panels/token-walk';
import { uniformChance } from '../../src/ui/panels/uniform-chance';
import { applyWhatIf, flip } from '../../src/ui/state/what-if';
import { makeGroup, vanillaObjective as vanilla } from '../support/groups';

describe('token colours', () => {
  const [answer] = makeGroup({
    answers: [{ advantage: 2, oldLogprobs: Float32Array.of(-2, -2), newLogprobs: Float32Array.of(-1, -2) }],
  }).answers;

  it('mark clipped tokens whatever the colouring, and none without an update', () => {
    for (const colour of tokenColours)
      expect(paintAnswer(answer, colour, vanilla).map(({ clipped }) => clipped)).toEqual(['high', '']);
    expect(paintAnswer(answer, 'clipped', vanilla).map(({ bin }) => bin)).toEqual(['d6', '']);
    const [fresh] = makeGroup({ update: 0 }).answers;
    expect(
      paintAnswer(fresh, 'ratio', vanilla).every(({ bin, clipped }) => bin === '' && clipped === ''),
    ).toBe(true);
  });

  it('show the divergence only where a reference is kept, and the objective as training has it', () => {
    expect(tokenValue(answer, 0, 'kl', vanilla)).toBeNaN();
    const referred = { ...answer, refLogprobs: Float32Array.of(-2, -2) };
    // k3 with log π − log π_ref = 1.
    expect(tokenValue(referred, 0, 'kl', vanilla)).toBeCloseTo(Math.exp(-1), 6);
    expect(tokenValue(answer, 0, 'objective', vanilla)).toBeCloseTo(2.4, 6);
    expect(tokenValue(answer, 1, 'objective', vanilla)).toBeCloseTo(2, 6);
  });

  it('are none for a token whose gradient was left out', () => {
    const masked = { ...answer, policyMask: Uint8Array.of(0, 1) };
    expect(tokenValue(masked, 0, 'objective', vanilla)).toBe(0);
    expect(paintAnswer(masked, 'advantage', vanilla)).toEqual([
      { bin: '', clipped: '', masked: true },
      { bin: 'd7', clipped: '', masked: false },
    ]);
  });

  it('are walked to the next clipped and the next surprising token, round the end', () => {
    const [long] = makeGroup({
      answers: [
        {
          advantage: 1,
          oldLogprobs: Float32Array.of(-2, -2, -2, -2),
          newLogprobs: Float32Array.of(-2, -1, -2, -1),
        },
      ],
    }).answers;
    const terms = termsOf(long, vanilla);
    expect(nextClipped(terms, 0)).toBe(1);
    expect(nextClipped(terms, 1)).toBe(3);
    expect(nextClipped(terms, 3)).toBe(1);
    expect(nextClipped(null, 0)).toBeNull();
    expect(nextSurprising(Float32Array.of(0, 3, 0, 0, 0, 0, 0, 0, 0, 0), 5)).toBe(1);
    expect(nextSurprising(new Float32Array(4), 0)).toBeNull();
  });
});

describe('the layout of tokens', () => {
  const texts = fc.array(fc.constantFrom('a', ' the', '\n', '', ' — ', 'word\n'), { maxLength: 400 });

  it('finds at every offset the token that stands there', () => {
    fc.assert(
      fc.property(texts, (tokens) => {
        const layout = layOutTokens(tokens);
        tokens.forEach((text, t) => {
          const node = Math.floor(t / tokensPerNode);
          expect(layout.nodes[node].slice(layout.starts[t], layout.ends[t])).toBe(visible(text));
          expect(tokenAtOffset(layout, node, layout.starts[t])).toBe(t);
          expect(tokenAtOffset(layout, node, layout.ends[t] - 1)).toBe(t);
        });
      }),
    );
    expect(tokenAtOffset(layOutTokens([]), 0, 0)).toBeNull();
  });

  it('joins neighbours of one look and leaves out those of none', () => {
    expect(runsOf(['a', 'a', '', 'b', 'a'])).toEqual([
      { name: 'a', from: 0, to: 2 },
      { name: 'b', from: 3, to: 4 },
      { name: 'a', from: 4, to: 5 },
    ]);
    expect(runsOf([])).toEqual([]);
  });
});

describe('what if', () => {
  const [plain] = makeGroup().answers;
  const rewarded = (...totals: number[]) =>
    totals.map((total) => ({ score: { ...plain.score, base: total, total, correct: total === 1 } }));
  const rules = { norm_adv_by_std: true, norm_adv_std_over: 'group' as const, adv_epsilon: 1e-6 };
  const group = makeGroup({ answers: rewarded(1, 0, 0, 0) });

  it('gives the advantages that training would have given the turned verdicts', () => {
    const [imagined] = applyWhatIf([group], { uid: group.uid, flipped: [1] }, rules);
    const { mean, std, advantages } = groupAdvantages([1, 1, 0, 0]);
    expect(imagined.answers.map(({ advantage }) => advantage)).toEqual([...advantages]);
    expect([imagined.mean, imagined.std]).toEqual([mean, std]);
    expect(imagined.answers[1].score).toMatchObject({ correct: true, total: 1 });
  });

  it('leaves the measured group and all others as they are', () => {
    const other = makeGroup({ uid: '1-1-1' });
    const before = structuredClone(group);
    const [, kept] = applyWhatIf([group, other], { uid: group.uid, flipped: [0] }, rules);
    expect(kept).toBe(other);
    expect(group).toEqual(before);
    expect(applyWhatIf([group], null, rules)).toEqual([group]);
  });

  it('divides by the deviation of the batch where the setting says so', () => {
    const other = makeGroup({ uid: '1-1-1', answers: rewarded(1, 1, 0, 0) });
    const wide = { ...rules, norm_adv_std_over: 'batch' as const };
    const [imagined] = applyWhatIf([group, other], { uid: group.uid, flipped: [1] }, wide);
    const all = taskAdvantage([1, 1, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1], Array(8).fill(''));
    expect(imagined.answers.map(({ advantage }) => advantage)).toEqual([...all.slice(0, 4)]);
  });

  it('is undone by the same click, and belongs to one group', () => {
    const one = flip(null, 'a', 2);
    expect(flip(one, 'a', 3)).toEqual({ uid: 'a', flipped: [2, 3] });
    expect(flip(one, 'a', 2)).toBeNull();
    expect(flip(one, 'b', 2)).toEqual({ uid: 'b', flipped: [2] });
  });
});

describe('the rewards of a group', () => {
  it('as bars count every reward once, ends included', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -2, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
        expect(histogram(values).reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
    );
    expect(histogram([0.5, 0.5])).toEqual([{ from: 0.5, to: 0.5, count: 2 }]);
  });

  it('are uniform by chance as often as all answers agree', () => {
    expect(uniformChance(0.5, 2)).toBe(0.5);
    expect(uniformChance(0, 8)).toBe(1);
    expect(uniformChance(0.38, 8)).toBeCloseTo(0.38 ** 8 + 0.62 ** 8, 15);
  });

  it('say why it was kept although all answers are right or wrong', () => {
    const [plain] = makeGroup().answers;
    const of = (...rows: [boolean, number][]) =>
      keptWords(
        makeGroup({
          answers: rows.map(([correct, total]) => ({ score: { ...plain.score, correct, total } })),
        }),
      );
    expect(of([true, 1], [false, 0])).toBe('kept ✓');
    expect(of([false, 0], [false, 0])).toMatch(/although all wrong: dynamic sampling was off/);
    expect(of([false, -0.4], [false, 0])).toMatch(/although all wrong: rewards differ by the overlong term/);
    expect(of([true, 1], [true, 1])).toMatch(/although all right/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { readReplayStep } from '../../src/run/replay-reader';
import { logprobUnit, maxReplayTokens, writeReplayStep } from '../../src/run/replay-step';
import type { AnswerView } from '../../src/run/step-view';
import { recordedDocument, recordedView } from '../support/recorded';

const read = (text: string) => readReplayStep(text, 3, recordedDocument);

function refused(text: string): { code: string; message: string } {
  try {
    read(text);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  return { code: 'none', message: '' };
}

describe('a recorded step', () => {
  it('gives back every token’s numbers to the unit, and all else as it was', () => {
    const { metrics: _, ...view } = recordedView(3);
    const back = read(writeReplayStep(recordedView(3)));
    const plain = ({
      sampledLogprobs: _s,
      oldLogprobs: _o,
      newLogprobs: _n,
      entropies: _e,
      ...rest
    }: AnswerView) => rest;
    expect(back.groups.map((group) => ({ ...group, answers: group.answers.map(plain) }))).toEqual(
      view.groups.map((group) => ({ ...group, answers: group.answers.map(plain) })),
    );
    expect({ ...back, groups: [] }).toEqual({ ...view, groups: [] });
    view.groups.forEach((group, g) => {
      group.answers.forEach((answer, a) => {
        const other = back.groups[g].answers[a];
        for (const key of ['sampledLogprobs', 'oldLogprobs', 'newLogprobs', 'entropies'] as const) {
          expect(other[key] === null).toBe(answer[key] === null);
          answer[key]?.forEach((value, t) => {
            expect(Math.abs((other[key]?.[t] ?? Number.NaN) - value)).toBeLessThan(0.51 * logprobUnit);
          });
        }
      });
    });
  });

  it('keeps what a reference and a gradient mask say', () => {
    const view = recordedView(3);
    const [answer] = view.groups[0].answers;
    answer.refLogprobs = answer.sampledLogprobs.map((value) => value - 0.25);
    answer.policyMask = Uint8Array.from(answer.tokens, (_, t) => t % 2);
    const back = read(writeReplayStep(view)).groups[0].answers[0];
    expect(back.policyMask).toEqual(answer.policyMask);
    expect(back.refLogprobs?.[1]).toBeCloseTo(answer.refLogprobs[1], 4);
  });

  it('keeps a bounded number of tokens, those that were learned from first, and no value that is not finite', () => {
    const view = recordedView(3);
    const many = Array.from({ length: 1000 }, (_, i) => {
      const [kept, dropped] = view.groups;
      return [
        { ...dropped, uid: `3-2-${i}` },
        { ...kept, uid: `3-1-${i}` },
      ];
    }).flat();
    const back = read(writeReplayStep({ ...view, groups: many }));
    const tokens = back.groups
      .flatMap(({ answers }) => answers)
      .reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(tokens).toBeLessThanOrEqual(maxReplayTokens);
    expect(tokens).toBeGreaterThan(0.98 * maxReplayTokens);
    expect(back.groups.filter(({ kept }) => kept)).toHaveLength(1000);
    view.groups[0].answers[0].entropies[2] = Number.NaN;
    expect(read(writeReplayStep(view)).groups.map(({ uid }) => uid)).toEqual(['3-1-1']);
  });

  it('is refused in a sentence that names the step and what is wrong with it', () => {
    const whole = writeReplayStep(recordedView(3));
    const with_ = (change: (file: ReturnType<typeof JSON.parse>) => void) => {
      const file = JSON.parse(whole);
      change(file);
      return JSON.stringify(file);
    };
    const answer = (file: ReturnType<typeof JSON.parse>) => file.groups[0].answers[0];
    expect(refused(whole.slice(0, 400))).toMatchObject({
      code: 'replay.step',
      message: 'Step 3 of this recording cannot be shown: it is not whole.',
    });
    expect(refused(writeReplayStep(recordedView(4))).message).toContain('"step" is missing or wrong');
    expect(refused(with_((file) => (file.version = 2)))).toMatchObject({
      code: 'replay.version',
      message: 'Step 3 is recorded in version 2; this Longview reads version 1.',
    });
    const wrong: [string, (file: ReturnType<typeof JSON.parse>) => void][] = [
      ['tokens', (file) => answer(file).tokens.push(1.5)],
      ['sampled', (file) => answer(file).sampled.pop()],
      ['sampled', (file) => (answer(file).sampled[0] = 20_000)],
      ['lengths', (file) => (answer(file).lengths[0] += 1)],
      ['entropy', (file) => (answer(file).entropy[0] = -90_000)],
      ['advantage', (file) => (answer(file).advantage = null)],
      ['finish', (file) => (answer(file).finish = 'tired')],
      ['window', (file) => (file.groups[0].window = [0, 10_000])],
      ['evidence', (file) => (file.groups[0].evidence = [[9, 3]])],
      ['family', (file) => (file.groups[0].family = '__proto__')],
      ['uid', (file) => (file.groups[1].uid = file.groups[0].uid)],
      ['gold', (file) => (file.groups[0].gold = [])],
      ['answers', (file) => (file.groups[0].answers = [])],
      ['unit', (file) => (file.unit = 0)],
    ];
    for (const [name, change] of wrong)
      expect(refused(with_(change)).message).toContain(`"${name}" is missing or wrong`);
  });

  it('whatever stands in the file, reading gives a step whose parts fit each other or a coded error', () => {
    const whole = writeReplayStep(recordedView(3));
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(-1, Number.MAX_VALUE, '', [], {}, null, true, 2 ** 53),
    );
    fc.assert(
      fc.property(fc.nat(), fc.nat(), anything, fc.boolean(), (place, cut, value, isCut) => {
        const text = isCut ? whole.slice(0, cut % whole.length) : replaced(whole, place, value);
        try {
          for (const group of read(text).groups) {
            expect(group.window.end).toBeLessThanOrEqual(recordedDocument.text.length);
            for (const answer of group.answers) {
              expect(answer.tokenTexts.join('')).toBe(answer.text);
              for (const values of [answer.sampledLogprobs, answer.entropies, answer.tokenTexts])
                expect(values.length).toBe(answer.tokens.length);
              expect(answer.sampledLogprobs.every((each) => each <= 0.01 && Number.isFinite(each))).toBe(
                true,
              );
              expect(Number.isFinite(answer.advantage)).toBe(true);
            }
          }
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
          expect(error.code).toMatch(/^replay\.(step|version)$/);
        }
      }),
      { numRuns: 600 },
    );
  });
});

/** The file with the value at one of its places exchanged. */
function replaced(text: string, place: number, value: unknown): string {
  let count = 0;
  JSON.parse(text, (_, each) => {
    count++;
    return each;
  });
  let at = place % count;
  return JSON.stringify(JSON.parse(text, (_, each) => (at-- === 0 ? value : each)));
}

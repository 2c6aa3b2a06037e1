/** @file Counting a judge's verdicts: confusion, thresholds, and the reading of hand-written pairs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Judge } from '../../src/reward/types';
import {
  accuracy,
  chooseThreshold,
  confusion,
  confusionTable,
  falseAcceptRate,
  generatedPairs,
  type JudgedPair,
  judgePairs,
} from '../../src/run/judge/evaluation';
import { readHandWritten } from '../../src/run/judge/hand-written';

const judged = (entries: readonly [same: boolean, probability: number, kind?: string][]): JudgedPair[] =>
  entries.map(([same, probability, kind = 'number']) => ({
    kind,
    question: 'q',
    gold: 'g',
    prediction: 'p',
    same,
    probability,
  }));

const pairs = judged([
  [true, 0.9],
  [true, 0.4, 'date'],
  [false, 0.6, 'date'],
  [false, 0.1],
  [false, 0.2],
]);

describe('confusion', () => {
  it('counts the four outcomes; a probability at the threshold accepts', () => {
    expect(confusion(pairs, 0.6)).toEqual({
      trueAccepts: 1,
      falseRejects: 1,
      falseAccepts: 1,
      trueRejects: 2,
    });
    expect(confusion(pairs, 0.61).falseAccepts).toBe(0);
    expect(accuracy(confusion(pairs, 0.6))).toBe(0.6);
    expect(falseAcceptRate(confusion(pairs, 0.6))).toBeCloseTo(1 / 3);
  });

  it('is told by kind and for all', () => {
    const rows = confusionTable(pairs, 0.6).split('\n').slice(2);
    expect(rows.map((row) => row.split(' | ').slice(0, 2).join(' '))).toEqual([
      '| number 3',
      '| date 2',
      '| all 5',
    ]);
    expect(rows[1]).toBe('| date | 2 | 0.000 | 1.000 | 1.000 | 0 | 1 | 1 | 0 |');
  });
});

describe('the threshold', () => {
  it('accepts no more different pairs than allowed, and no other is more accurate', () => {
    const any = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(any, fc.constantFrom(0, 0.01, 0.2), (entries, bound) => {
        const set = judged(entries);
        const chosen = confusion(set, chooseThreshold(set, bound));
        const allowed = Array.from({ length: 199 }, (_, i) => confusion(set, (i + 1) / 200)).filter(
          (found) => falseAcceptRate(found) <= bound,
        );
        if (allowed.length === 0) return;
        expect(falseAcceptRate(chosen)).toBeLessThanOrEqual(bound);
        expect(accuracy(chosen)).toBe(Math.max(...allowed.map(accuracy)));
      }),
    );
  });
});

describe('judging pairs', () => {
  const constant = (probability: number): Judge => ({
    id: 'constant',
    judge: async (requests) =>
      requests.map(() => ({ asked: true, verdict: 1, probability, reply: '', ms: 0 })),
  });

  it('keeps the probability beside each pair', async () => {
    const generated = generatedPairs('held-out', 1, 2, ['date', 'list']);
    const results = await judgePairs(constant(0.25), generated);
    expect(results.map(({ probability }) => probability)).toEqual(generated.map(() => 0.25));
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['date', 'list']));
  });

  it('fails where the judge gives no verdict', async () => {
    const silent: Judge = {
      id: 'silent',
      judge: async (requests) => requests.map(() => ({ asked: false, reason: 'gone' })),
    };
    await expect(judgePairs(silent, generatedPairs('train', 1, 1, ['date']))).rejects.toThrow('gone');
  });
});

describe('hand-written pairs', () => {
  it('are read with their labels', () => {
    const text = JSON.stringify([
      { kind: 'number', question: 'q', gold: '2', same: ['two'], different: ['3', 'ten'] },
    ]);
    expect(readHandWritten(text).map(({ prediction, same }) => [prediction, same])).toEqual([
      ['two', true],
      ['3', false],
      ['ten', false],
    ]);
  });

  it('anything else is refused with the way on', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(readHandWritten(text)).toEqual([]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'judge.pairs' });
        }
      }),
    );
    expect(() =>
      readHandWritten('[{"kind":"x","question":"q","gold":"g","same":[1],"different":[]}]'),
    ).toThrow('entry 0');
  });
});

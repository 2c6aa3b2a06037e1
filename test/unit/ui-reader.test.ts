import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAll, lowerInPlace, pieces } from '../../src/ui/panels/blocks';
import { citations, wordsOf } from '../../src/ui/panels/cited';
import { spotAfter } from '../../src/ui/state/reader';

describe('the document reader', () => {
  it('marks window, evidence, copies and hits inside a block', () => {
    const text = 'before window evidence after';
    const none = { window: false, evidence: false, cited: false, hit: false, heat: null };
    const parts = pieces(
      text,
      { start: 0, end: text.length },
      {
        window: { start: 7, end: 22 },
        evidence: [{ start: 14, end: 22 }],
        cited: [{ start: 14, end: 16 }],
        hits: [{ start: 24, end: 27 }],
        heat: [],
      },
    );
    expect(parts).toEqual([
      { ...none, start: 0, text: 'before ' },
      { ...none, start: 7, text: 'window ', window: true },
      { ...none, start: 14, text: 'ev', window: true, evidence: true, cited: true },
      { ...none, start: 16, text: 'idence', window: true, evidence: true },
      { ...none, start: 22, text: ' a' },
      { ...none, start: 24, text: 'fte', hit: true },
      { ...none, start: 27, text: 'r' },
    ]);
  });

  it('marks in each block just what touches it, of thousands of hits', () => {
    const text = 'ab'.repeat(5000);
    const hits = findAll(text, 'a');
    const marks = { window: null, evidence: [], cited: [], hits, heat: [] };
    expect(hits).toHaveLength(5000);
    expect(pieces(text, { start: 4000, end: 4006 }, marks).map(({ hit }) => hit)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('searches without regard to case, each place once', () => {
    expect(findAll(lowerInPlace('Ada and ADA and ad'), 'ada')).toEqual([
      { start: 0, end: 3 },
      { start: 8, end: 11 },
    ]);
    expect(findAll('aaaa', 'aa')).toHaveLength(2);
    expect(findAll('text', '')).toEqual([]);
    expect(findAll('a'.repeat(100), 'a', 10)).toHaveLength(10);
    // İ grows by one letter in lower case; places must not move.
    expect(lowerInPlace('İX Ada')).toHaveLength(6);
    expect(findAll(lowerInPlace('İX Ada'), 'ada')).toEqual([{ start: 3, end: 6 }]);
  });

  it('walks from mark to mark, round the ends', () => {
    const marks = [
      { start: 5, end: 6 },
      { start: 9, end: 12 },
    ];
    expect(spotAfter(marks, null, 1)).toBe(5);
    expect(spotAfter(marks, 5, 1)).toBe(9);
    expect(spotAfter(marks, 9, 1)).toBe(5);
    expect(spotAfter(marks, 5, -1)).toBe(9);
    expect(spotAfter([], 5, 1)).toBeNull();
  });
});

describe('what an answer copied', () => {
  it('is the longest run of three words or more, nothing shorter, whatever case and commas', () => {
    const text = 'The keeper, Quentin Vale, counted seven lamps. Nobody counted the lamps.';
    const found = citations('I read: the Keeper Quentin Vale counted; the lamps.', wordsOf(text));
    expect(found.spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      'The keeper, Quentin Vale, counted',
      'counted the lamps',
    ]);
    expect([found.copied, found.words]).toEqual([7, 9]);
    expect(citations('the lamps', wordsOf(text))).toEqual({ spans: [], copied: 0, words: 2 });
    expect(citations('', wordsOf(text))).toEqual({ spans: [], copied: 0, words: 0 });
  });

  it('is found wherever it was cut from, and every marked place is part of the answer', () => {
    const word = fc.constantFrom('lamp', 'sea', 'oak', 'tin', 'rye', 'elm');
    fc.assert(
      fc.property(fc.array(word, { minLength: 6, maxLength: 60 }), fc.nat(), fc.nat(), (words, a, b) => {
        const text = words.join(' ');
        const from = a % (words.length - 3);
        const copy = words.slice(from, from + 3 + (b % (words.length - from - 2))).join(' ');
        const { copied, spans } = citations(copy, wordsOf(text));
        expect(copied).toBeGreaterThanOrEqual(3);
        for (const { start, end } of spans) expect(copy).toContain(text.slice(start, end));
      }),
    );
  });
});

/** @file The pairs that the judge learns from: always the same, labelled rightly, and apart between the parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAIR_KINDS, type PairKind, type PairPart, pairGroup } from '../../src/tasks/judge-pairs';
import { numeral, ordinal, shortOrdinal, withCommas } from '../../src/tasks/judge-pairs/numerals';
import { share } from '../../src/tasks/judge-pairs/words';
import { NOUNS } from '../../src/tasks/lexicon';
import { GIVEN_NAMES, MONTHS } from '../../src/tasks/names';

const parts: readonly PairPart[] = ['train', 'validation', 'held-out'];
const anyGroup = fc.record({
  part: fc.constantFrom(...parts),
  seed: fc.nat(1000),
  index: fc.nat(1_000_000),
  kind: fc.constantFrom(...PAIR_KINDS),
});

/** Every bare number of a kind's groups, checked by an oracle that reads them. */
function labelsAgree(kind: PairKind, read: (text: string) => string | null, atLeast: number) {
  let seen = 0;
  for (const part of parts) {
    for (let index = 0; index < 300; index++) {
      const { gold, pairs } = pairGroup(part, 3, index, 8, kind);
      const value = read(gold);
      for (const { prediction, same } of pairs) {
        const other = read(prediction);
        if (value === null || other === null) continue;
        seen++;
        expect(other === value, `${gold} | ${prediction}`).toBe(same);
      }
    }
  }
  expect(seen).toBeGreaterThan(atLeast);
}

const spelled = new Map(
  Array.from({ length: 10_000 }, (_, value) =>
    [numeral(value), numeral(value, ' '), numeral(value, '-', true)].map((text) => [text, value] as const),
  ).flat(),
);

/** The value of a number that stands alone. */
function readNumber(text: string): string | null {
  const bare = text.replace(/ of them$/, '');
  if (/^\d[\d,]*$/.test(bare)) return String(Number(bare.replaceAll(',', '')));
  const value = spelled.get(bare);
  return value === undefined ? null : String(value);
}

const days = new Map(Array.from({ length: 31 }, (_, i) => [ordinal(i + 1), i + 1]));

const monthForms = new RegExp(`\\b(?:${MONTHS.flatMap((name) => [name, name.slice(0, 3)]).join('|')})\\b`);

/** A whole date as day-month-year. */
function readDate(text: string): string | null {
  const iso = /^(?:on )?(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (iso) return `${Number(iso[3])}-${Number(iso[2])}-${iso[1]}`;
  const [month] = monthForms.exec(text) ?? [];
  const [, year] = /\b(\d{4})$/.exec(text) ?? [];
  const day =
    /\b(\d{1,2})(?:st|nd|rd|th)?\b/.exec(text)?.[1] ?? days.get(/the ([a-z-]+) of/.exec(text)?.[1] ?? '');
  if (month === undefined || year === undefined || day === undefined) return null;
  return `${day}-${MONTHS.findIndex((name) => name.startsWith(month)) + 1}-${year}`;
}

describe('pairs for the judge', () => {
  it('are the same for the same name, and others for another', () => {
    fc.assert(
      fc.property(anyGroup, ({ part, seed, index, kind }) => {
        expect(pairGroup(part, seed, index, 8, kind)).toEqual(pairGroup(part, seed, index, 8, kind));
      }),
    );
    const texts = Array.from({ length: 200 }, (_, i) => JSON.stringify(pairGroup('train', 1, i)));
    expect(new Set(texts).size).toBeGreaterThan(195);
  });

  it('have both labels in every group, and never one answer under both', () => {
    fc.assert(
      fc.property(anyGroup, ({ part, seed, index, kind }) => {
        const { gold, pairs } = pairGroup(part, seed, index, 8, kind);
        const answers = (wanted: boolean) =>
          pairs
            .filter(({ same }) => same === wanted)
            .map(({ prediction }) => prediction.trim().toLowerCase());
        const wrong = answers(false);
        expect(answers(true).length).toBeGreaterThan(0);
        expect(wrong.length).toBeGreaterThan(0);
        expect(wrong).not.toContain(gold.trim().toLowerCase());
        for (const right of answers(true)) expect(wrong).not.toContain(right);
        for (const { prediction } of pairs) expect(prediction).not.toMatch(/\{\w\}|undefined|NaN/);
      }),
      { numRuns: 500 },
    );
  });

  it('about as often mean the same as not, over all kinds', () => {
    const pairs = Array.from({ length: 1000 }, (_, i) => pairGroup('train', 2, i).pairs).flat();
    expect(pairs.filter(({ same }) => same).length / pairs.length).toBeGreaterThan(0.44);
    expect(new Set(pairs.map(({ kind }) => kind)).size).toBe(PAIR_KINDS.length);
  });

  it('call numbers the same exactly where an oracle reads one value', () =>
    labelsAgree('number', readNumber, 1500));

  it('call dates the same exactly where an oracle reads one day', () => labelsAgree('date', readDate, 1500));

  it('come from nouns and given names that no other part has', () => {
    for (const list of [NOUNS, GIVEN_NAMES]) {
      const shares = parts.map((part) => share(list, part));
      expect(shares.every((words) => words.length > 10)).toBe(true);
      expect(shares.reduce((sum, words) => sum + words.length, 0)).toBe(list.length);
    }
  });

  it.each<PairKind>(['order', 'person', 'list'])('share no name between parts: %s', (kind) => {
    const names = parts.map((part) => {
      const answers = Array.from({ length: 300 }, (_, i) => pairGroup(part, 5, i, 8, kind).gold);
      const found = answers.flatMap((answer) => answer.match(/(?<!^)\p{Lu}\p{L}{2,}/gu) ?? []);
      return new Set(found.filter((name) => name !== 'Captain' && name !== 'Professor'));
    });
    const [train, validation, heldOut] = names;
    expect(train.size).toBeGreaterThan(100);
    expect([...heldOut].filter((name) => train.has(name) || validation.has(name))).toEqual([]);
    expect([...validation].filter((name) => train.has(name))).toEqual([]);
  });
});

describe('numbers in words', () => {
  it.each([
    [0, 'zero', 'zeroth', '0th', '0'],
    [12, 'twelve', 'twelfth', '12th', '12'],
    [21, 'twenty-one', 'twenty-first', '21st', '21'],
    [40, 'forty', 'fortieth', '40th', '40'],
    [113, 'one hundred thirteen', 'one hundred thirteenth', '113th', '113'],
    [
      9999,
      'nine thousand nine hundred ninety-nine',
      'nine thousand nine hundred ninety-ninth',
      '9999th',
      '9,999',
    ],
    [
      120_003,
      'one hundred twenty thousand three',
      'one hundred twenty thousand third',
      '120003rd',
      '120,003',
    ],
  ])('%d', (value, words, placed, short, commas) => {
    expect([numeral(value), ordinal(value), shortOrdinal(value), withCommas(value)]).toEqual([
      words,
      placed,
      short,
      commas,
    ]);
  });

  it('are different for different numbers', () => {
    expect(new Set(Array.from({ length: 10_000 }, (_, value) => numeral(value))).size).toBe(10_000);
  });
});

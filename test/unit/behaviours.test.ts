/** @file Behaviour counts: how well the phrases do on labelled sentences, and that no list or text can do harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Behaviour,
  behaviours,
  defaultBehaviourPatterns,
  parseBehaviourPatterns,
  parsePattern,
} from '../../src/evaluation/behaviour-patterns';
import { BehaviourCounter, behaviourMetric } from '../../src/evaluation/behaviours';
import { metricInfo } from '../../src/run/metrics';
import { readFixture } from '../support/fixtures';

interface Labelled {
  /** `fresh`: written after the list, which it did not change. */
  sentences: { text: string; labels: Behaviour[]; fresh?: true }[];
}

const counter = new BehaviourCounter();
const only = (phrase: string) =>
  new BehaviourCounter({ ground: [phrase], subgoal: [], verify: [], backtrack: [] });

function measure(sentences: Labelled['sentences'], of: string) {
  return behaviours.map((behaviour) => {
    const seen = sentences.filter(({ text }) => counter.count(text)[behaviour] > 0);
    const labelled = sentences.filter(({ labels }) => labels.includes(behaviour)).length;
    const hits = seen.filter(({ labels }) => labels.includes(behaviour)).length;
    return { of, behaviour, labelled, precision: hits / seen.length, recall: hits / labelled };
  });
}

describe('the default phrases', () => {
  const { sentences } = readFixture<Labelled>('behaviours');

  it('find most labelled sentences and little else', () => {
    expect(sentences.length).toBeGreaterThanOrEqual(120);
    const rows = [
      ...measure(sentences, 'all'),
      ...measure(
        sentences.filter(({ fresh }) => fresh),
        'fresh',
      ),
    ];
    console.table(rows);
    const fresh = rows.filter(({ of }) => of === 'fresh');
    const mean = (read: (row: (typeof rows)[number]) => number) =>
      fresh.reduce((sum, row) => sum + read(row), 0) / fresh.length;
    expect(mean(({ precision }) => precision)).toBeGreaterThanOrEqual(0.75);
    expect(mean(({ recall }) => recall)).toBeGreaterThanOrEqual(0.45);
    for (const { labelled, precision, recall, behaviour } of rows.filter(({ of }) => of === 'all')) {
      expect(labelled, behaviour).toBeGreaterThanOrEqual(25);
      expect(precision, `precision of ${behaviour}`).toBeGreaterThanOrEqual(0.9);
      expect(recall, `recall of ${behaviour}`).toBeGreaterThanOrEqual(0.7);
    }
  });

  it("find the paper's four examples", () => {
    expect(counter.count('Let me look through the provided text to find it.').ground).toBe(1);
    expect(counter.count('To solve this, we first need to find it.').subgoal).toBe(1);
    expect(counter.count('This approach won’t work because it is late.').backtrack).toBe(1);
    expect(counter.count("Let's verify this result by adding.").verify).toBe(1);
  });
});

describe('counting', () => {
  it('counts sentences, each behaviour at most once in each', () => {
    const text =
      'The text says so, and the text says it twice. The document states it.\nWait, no. The text\nsays so.';
    expect(counter.count(text)).toEqual({ ground: 2, subgoal: 0, verify: 0, backtrack: 1 });
  });

  it('tells where the phrase stands', () => {
    const text = 'So. LET ME double-check it!';
    const [found, ...more] = counter.find(text);
    expect(more).toEqual([]);
    expect(found.behaviour).toBe('verify');
    expect(text.slice(found.start, found.end)).toBe('LET ME double-check');
  });

  it('a gap stands for up to four words of the same sentence', () => {
    const gap = only('let me * check');
    expect(gap.count('Let me check').ground).toBe(1);
    expect(gap.count('Let me now very slowly, carefully check').ground).toBe(1);
    expect(gap.count('Let me a b c d e check').ground).toBe(0);
    expect(gap.count('Let me go. Now check').ground).toBe(0);
  });

  it('compares whole words, without case and with either apostrophe', () => {
    expect(only("won't work").count('It WON’T work').ground).toBe(1);
    expect(only('check').count('checkers').ground).toBe(0);
  });

  it('gives means per answer under known metric names', () => {
    const metrics = counter.metrics(['The text says so. The text says more.', 'Yes.']);
    expect(metrics['behavior/ground']).toBe(1);
    for (const behaviour of behaviours) expect(metricInfo(behaviourMetric(behaviour))).not.toBeNull();
    expect(counter.metrics([])).toEqual({});
  });

  it('every place it names is one of the text, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { start, end } of counter.find(text)) {
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it('ends soon on the hardest phrase and text a list may hold', () => {
    // Exponential matching would not come back: 5³ ends a start are the most there can be.
    const hard = only('a * a * a * b');
    expect(hard.count('a '.repeat(200_000)).ground).toBe(0);
  });
});

describe('a pattern list from a file', () => {
  it('is what it was when it is the default', () => {
    expect(parseBehaviourPatterns(JSON.parse(JSON.stringify(defaultBehaviourPatterns)))).toEqual(
      defaultBehaviourPatterns,
    );
  });

  it.each([
    ['* check', 'begins or ends'],
    ['check *', 'begins or ends'],
    ['', 'no word'],
    ['(a+)+$', 'no word'],
    ['a//b', 'no word'],
    ['a * b * c * d * e', 'gaps'],
    ['a '.repeat(13), 'words'],
    ['a'.repeat(601), 'too long'],
  ])('with the phrase "%s" is refused', (phrase, words) => {
    expect(() => parsePattern(phrase)).toThrow(
      expect.objectContaining({ code: 'behaviours.pattern', message: expect.stringContaining(words) }),
    );
  });

  it.each([
    null,
    [],
    { ground: [] },
    { ...defaultBehaviourPatterns, humour: [] },
    { ...defaultBehaviourPatterns, verify: [1] },
    { ...defaultBehaviourPatterns, verify: Array(201).fill('a') },
  ])('that is %j is refused', (json) => {
    expect(() => parseBehaviourPatterns(json)).toThrow(expect.objectContaining({ code: 'behaviours.list' }));
  });

  it('never throws anything but a coded error', () => {
    fc.assert(
      fc.property(fc.string(), (phrase) => {
        try {
          parsePattern(phrase);
        } catch (error) {
          expect(error).toMatchObject({ code: 'behaviours.pattern' });
        }
      }),
    );
  });
});

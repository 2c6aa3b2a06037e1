/** @file Behaviours as the Lab shows them: counts equal the run's metrics, lines are lists, pieces are the text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultBehaviourPatterns } from '../../src/evaluation/behaviour-patterns';
import { BehaviourCounter } from '../../src/evaluation/behaviours';
import {
  behaviourMetric,
  countBehaviours,
  patternLines,
  patternsOfLines,
} from '../../src/run/behaviour-counts';
import { piecesOf } from '../../src/ui/lab/behaviour-pieces';
import { spread } from '../../src/ui/lab/behaviours-store';

const texts = [
  'The passage says 1914. Let me verify that. The answer is 1914.',
  'Wait, no. First I need to find the table; the table lists three.',
  'Bath.',
];

describe('behaviours in the Lab', () => {
  it('have the means of the run’s metrics, and the answers behind each', () => {
    const metrics = new BehaviourCounter().metrics(texts);
    const counts = countBehaviours(
      texts.map((text) => ({ text })),
      defaultBehaviourPatterns,
    );
    for (const { behaviour, mean } of counts) expect(mean).toBe(metrics[behaviourMetric(behaviour)]);
    const shown = Object.fromEntries(
      counts.map(({ behaviour, answers }) => [
        behaviour,
        answers.map(({ answer }) => texts.indexOf(answer.text)),
      ]),
    );
    expect(shown).toEqual({ ground: [0, 1], subgoal: [1], verify: [0], backtrack: [1] });
  });

  it('are edited as lines: what was listed comes back, and a line that is no phrase is refused by its code', () => {
    expect(patternsOfLines(patternLines())).toEqual(defaultBehaviourPatterns);
    const lines = { ...patternLines(), verify: '  to verify \n\n* check' };
    expect(() => patternsOfLines(lines)).toThrow(expect.objectContaining({ code: 'behaviours.pattern' }));
    expect(patternsOfLines({ ...lines, verify: '  to verify \n\n' }).verify).toEqual(['to verify']);
  });

  it('cut a text into pieces that together are it, each found phrase marked', () => {
    const counter = new BehaviourCounter();
    for (const text of texts) {
      const found = counter.find(text);
      const pieces = piecesOf(text, found, 1000);
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      for (const { behaviour, start, end } of found) {
        const marked = pieces.filter(
          ({ at, behaviours }) => at >= start && at < end && behaviours.includes(behaviour),
        );
        expect(marked.map((piece) => piece.text).join('')).toBe(text.slice(start, end));
      }
    }
  });

  it('leave out what is far from a phrase, and nothing near it', () => {
    const text = `${'a'.repeat(500)} let me check ${'b'.repeat(500)}`;
    const pieces = piecesOf(text, new BehaviourCounter().find(text), 10);
    expect(pieces.map((piece) => piece.text)).toEqual(['…aaaaaaaaa ', 'let me check', ' bbbbbbbbb…']);
  });

  it('spread over a long run keep its ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 900 }), fc.integer({ min: 2, max: 200 }), (length, most) => {
        const steps = Array.from({ length }, (_, i) => i + 1);
        const kept = spread(steps, most);
        expect(kept).toHaveLength(Math.min(length, most));
        expect([kept[0], kept[kept.length - 1]]).toEqual([1, length]);
        expect(new Set(kept).size).toBe(kept.length);
      }),
    );
  });
});

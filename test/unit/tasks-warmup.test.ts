import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyTokenizer } from '../../src/policy/tokenizer';
import { warmupExample } from '../../src/tasks/warmup';
import { shippedTokenizer } from '../support/texts';

let tokenizer: PolicyTokenizer;
beforeAll(() => {
  tokenizer = shippedTokenizer();
});

const example = (index: number, windowTokens = 80) =>
  warmupExample(11, index, {
    windowTokens,
    questions: 6,
    countTokens: tokenizer.countTokens,
    pieces: ['ther', 'Qu', 'ing', 'pol', 'st'],
  });

describe('warm-up items', () => {
  it('fit their window and ask for what stands in it', () => {
    for (let index = 0; index < 60; index++) {
      const { window, questions, restatements } = example(index);
      expect(tokenizer.countTokens(window)).toBeLessThanOrEqual(80);
      expect(questions.length).toBeGreaterThan(0);
      for (const { family, answers, reasoning } of questions) {
        expect(reasoning).toContain(answers[0]);
        if (family !== 'sum') expect(window).toContain(answers[0]);
        if (family === 'cloze' || family === 'lookup') expect(window).toContain(reasoning);
      }
      for (const piece of restatements) expect(window).toContain(piece.replace(/\.$/, ''));
    }
  });

  it('repeat for the same seed and index', () => {
    expect(example(5)).toEqual(example(5));
    expect(example(5)).not.toEqual(example(6));
  });

  it('come from facts, English, pseudo-words and token pieces', () => {
    const sources = new Set(Array.from({ length: 60 }, (_, index) => example(index, 48).source));
    expect([...sources].sort()).toEqual(['english', 'facts', 'pseudo', 'tokens']);
  });
});

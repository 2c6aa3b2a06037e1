import { describe, expect, it } from 'vitest';
import { taskSource } from '../../src/run/task-source';
import { generateDocument } from '../../src/tasks/documents';
import { imported, LEGAL_TEXT, shippedTokenizer } from '../support/texts';

const tokenizer = shippedTokenizer();
const document = generateDocument({ seed: 4, characters: 20_000 });
const options = { windowTokens: 96, families: ['cloze', 'lookup'] as const, seed: 9, maxPromptTokens: 200 };
const items = (part: 'train' | 'held-out', count = 40) => {
  const source = taskSource(document, tokenizer, { ...options, part });
  return Array.from({ length: count }, (_, i) => source.item(i));
};

describe('the task source', () => {
  it('gives the same item for the same index', () => {
    const source = taskSource(document, tokenizer, { ...options, part: 'train' });
    expect(source.item(7)).toEqual(source.item(7));
    expect(source.item(7).question.text).not.toBe(source.item(8).question.text);
  });

  it('never asks in training about a place that is held out', () => {
    const place = ({ question }: ReturnType<typeof items>[number]) => question.evidence[0].start;
    const train = new Set(items('train').map(place));
    expect(items('held-out').filter((item) => train.has(place(item)))).toEqual([]);
  });

  it('keeps every prompt within the bound, with its evidence inside the window', () => {
    for (const { tokens, question } of [...items('train'), ...items('held-out')]) {
      expect(tokens.length).toBeLessThanOrEqual(options.maxPromptTokens);
      for (const { start, end } of question.evidence) {
        expect(start).toBeGreaterThanOrEqual(question.window.start);
        expect(end).toBeLessThanOrEqual(question.window.end);
      }
    }
  });

  it('holds a question of several places out by all of them: no place is trained on that a held-out one needs', () => {
    const families = ['lookup', 'two-hop', 'sum'] as const;
    const drawn = (part: 'train' | 'held-out') => {
      const source = taskSource(document, tokenizer, { ...options, families, part });
      return Array.from({ length: 60 }, (_, i) => source.item(i).question);
    };
    const [train, heldOut] = [drawn('train'), drawn('held-out')];
    const places = new Set(
      train.flatMap(({ evidence }) => evidence.map(({ start, end }) => `${start}-${end}`)),
    );
    const shared = heldOut.filter(({ evidence }) =>
      evidence.some(({ start, end }) => places.has(`${start}-${end}`)),
    );
    expect(shared.map(({ text }) => text)).toEqual([]);
    // Harder to find, and still asked about; small windows hold fewer pairs than single facts.
    for (const questions of [train, heldOut]) {
      for (const family of families) {
        const share = questions.filter((question) => question.family === family).length / questions.length;
        expect(share, family).toBeGreaterThan(0.1);
        expect(share, family).toBeLessThan(0.75);
      }
    }
  });

  it('draws prompts over the whole of a bracket, longer than its lower bound and up to its upper', () => {
    const source = taskSource(document, tokenizer, { ...options, maxPromptTokens: 1000, part: 'train' });
    const lengths = { over: 128, max: 384 };
    const drawn = Array.from({ length: 60 }, (_, i) => source.item(i, lengths).tokens.length);
    expect(Math.min(...drawn)).toBeGreaterThan(128);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(384);
    for (const [low, high] of [
      [128, 214],
      [214, 299],
      [299, 384],
    ]) {
      expect(drawn.filter((length) => length > low && length <= high).length).toBeGreaterThan(8);
    }
    expect(source.item(3, lengths)).toEqual(source.item(3, lengths));
  });

  it('says so when a bracket has no questions: the text is too short, or nothing has such a length', () => {
    const short = taskSource(imported(LEGAL_TEXT), tokenizer, {
      ...options,
      maxPromptTokens: 60_000,
      part: 'train',
    });
    expect(() => short.item(0, { over: 20_000, max: 60_000 })).toThrow(
      expect.objectContaining({ code: 'curriculum.empty_bracket' }),
    );
    const source = taskSource(document, tokenizer, { ...options, part: 'train' });
    expect(() => source.item(0, { over: 0, max: 20 })).toThrow(
      expect.objectContaining({ code: 'curriculum.empty_bracket' }),
    );
    // The longest prompt bounds every bracket.
    expect(() => source.item(0, { over: 300, max: 400 })).toThrow(
      expect.objectContaining({ code: 'curriculum.empty_bracket' }),
    );
  });

  it('says so when no prompt fits', () => {
    const source = taskSource(imported(LEGAL_TEXT), tokenizer, {
      ...options,
      part: 'train',
      maxPromptTokens: 20,
    });
    expect(() => source.item(0)).toThrow(expect.objectContaining({ code: 'document.prompt_too_long' }));
  });
});

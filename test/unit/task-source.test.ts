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

  it('says so when no prompt fits', () => {
    const source = taskSource(imported(LEGAL_TEXT), tokenizer, {
      ...options,
      part: 'train',
      maxPromptTokens: 20,
    });
    expect(() => source.item(0)).toThrow(expect.objectContaining({ code: 'document.prompt_too_long' }));
  });
});

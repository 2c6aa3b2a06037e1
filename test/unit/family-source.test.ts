import { describe, expect, it } from 'vitest';
import { familyItem, familyTaskSource } from '../../src/run/family-source';
import { SUITE_FAMILIES } from '../../src/tasks/families';
import { shippedTokenizer } from '../support/texts';

const tokenizer = shippedTokenizer();
const held = { seed: 5, part: 'held-out' } as const;

describe('the family source', () => {
  it.each(SUITE_FAMILIES)('keeps %s prompts within their length and near it', (family) => {
    for (let index = 0; index < 6; index++) {
      const { tokens, document, question } = familyItem(tokenizer, { family, tokens: 384, index }, held);
      expect(tokens.length).toBeLessThanOrEqual(384);
      expect(tokens.length).toBeGreaterThan(0.85 * 384);
      expect(question.window).toEqual({ start: 0, end: document.text.length });
      expect(question.documentId).toBe(document.id);
    }
  });

  it('walks families, then lengths, then depths, then new questions', () => {
    const source = familyTaskSource(tokenizer, {
      ...held,
      families: ['hotpot', 'qasper'],
      tokens: [280, 420],
      depths: [0, 1],
    });
    const at = (index: number) => source.item(index);
    expect([0, 1, 2].map((i) => at(i).question.family)).toEqual(['hotpot', 'qasper', 'hotpot']);
    expect(at(0).tokens.length).toBeLessThanOrEqual(280);
    expect(at(2).tokens.length).toBeGreaterThan(320);
    const start = (index: number) => Math.min(...at(index).question.evidence.map((span) => span.start));
    expect(start(1)).toBeLessThan(start(5));
    expect(at(5).question.text).toBe(at(1).question.text);
    expect(at(8)).toEqual(familyItem(tokenizer, { family: 'hotpot', tokens: 280, depth: 0, index: 1 }, held));
    expect(at(8).question.id).not.toBe(at(0).question.id);
  });

  it('shares no document between training and held-out items', () => {
    const texts = (part: 'train' | 'held-out') =>
      Array.from({ length: 8 }, (_, index) =>
        familyItem(tokenizer, { family: 'narrative', tokens: 300, index }, { seed: 5, part }),
      );
    const train = new Set(texts('train').map(({ document }) => document.text));
    for (const item of texts('held-out')) expect(train.has(item.document.text)).toBe(false);
    expect(texts('train')).toEqual(texts('train'));
  });

  it('says so when a length is impossible', () => {
    const cell = { family: 'hotpot', tokens: 100, index: 0 } as const;
    expect(() => familyItem(tokenizer, cell, held)).toThrow(
      expect.objectContaining({ code: 'family.invalid_options' }),
    );
  });
});

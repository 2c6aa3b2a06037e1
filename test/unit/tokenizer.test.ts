import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyTokenizer, TokenizerError } from '../../src/policy/tokenizer';
import { LEGAL_TEXT, shippedTokenizer } from '../support/texts';

let tokenizer: PolicyTokenizer;
beforeAll(() => {
  tokenizer = shippedTokenizer();
});

const SPECIAL_IDS = 7;

describe('the shipped tokenizer', () => {
  it('has 2,048 entries, a size divisible by four', () => {
    expect(tokenizer.vocabSize).toBe(2048);
    expect([tokenizer.padId, tokenizer.bosId, tokenizer.eosId]).toEqual([0, 1, 2]);
  });

  it('returns every text it is given', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(texts, (text) => tokenizer.decode(tokenizer.encode(text)) === text),
      { numRuns: 500 },
    );
    for (const text of ['\ufeffmark', '👩‍👩‍👧 é ﷽', '\u0000\u0007\u001b', '\r\n\t  x', '']) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it('writes numbers below one hundred, with and without a space, as one token', () => {
    for (let number = 0; number < 100; number++) {
      expect(tokenizer.countTokens(` ${number}`)).toBe(1);
      expect(tokenizer.countTokens(`${number}`)).toBe(1);
    }
    expect(tokenizer.countTokens(' 1847')).toBe(2);
    expect(tokenizer.countTokens(' ____')).toBe(1);
  });

  it('needs at most one token for two and a half characters of legal English', () => {
    const words = LEGAL_TEXT.replace(/\s+/g, ' ');
    expect(words.length / tokenizer.countTokens(words)).toBeGreaterThan(2.5);
  });
});

describe('untrusted text', () => {
  it('never becomes a special token', () => {
    const tags = fc.constantFrom(
      '<think>',
      '</think>',
      '<text>',
      '</text>',
      '<|eos|>',
      '<|bos|>',
      '<|pad|>',
      ' ',
      'a',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(tags, fc.string({ unit: 'grapheme', maxLength: 3 }))), (parts) => {
        const text = parts.join('');
        const ids = tokenizer.encode(text);
        expect(ids.every((id) => id >= SPECIAL_IDS)).toBe(true);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it('leaves exactly the frame of a prompt', () => {
    const { ids } = tokenizer.buildPrompt('A </text><think>x</think> B', 'Who is <|eos|>?');
    const special = [...ids].filter((id) => id < SPECIAL_IDS);
    expect(special).toEqual([1, 3, 4, 5]);
    expect(ids[0]).toBe(1);
    expect(ids.at(-1)).toBe(5);
  });
});

describe('layout', () => {
  it('closes an answer with its sentence and the end token', () => {
    const ids = tokenizer.buildAnswer(' Anna lives in Dunmore', 'Dunmore');
    expect(tokenizer.decode(ids)).toBe(' Anna lives in Dunmore</think> Therefore, the answer is Dunmore.');
    expect(ids.at(-1)).toBe(2);
    expect(ids.filter((id) => id === 6)).toHaveLength(1);
  });

  it('puts prefix and question together to the prompt', () => {
    const prompt = tokenizer.buildPrompt('Some window.', 'Which?');
    expect([...prompt.ids]).toEqual([
      ...tokenizer.buildPrefix('Some window.').ids,
      ...tokenizer.buildQuestion('Which?'),
    ]);
  });
});

describe('spans', () => {
  it('cover a text without gaps, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { spans } = tokenizer.encodeWithSpans(text);
        let end = 0;
        for (const span of spans) {
          expect(span.start).toBeLessThanOrEqual(end);
          expect(span.end).toBeGreaterThan(span.start);
          end = span.end;
        }
        expect(end).toBe(text.length);
      }),
    );
  });

  it('find the tokens of an evidence range behind multi-byte characters', () => {
    const window = 'Zoë 👋 visited Ålesund, then Dunmore.';
    const prompt = tokenizer.buildPrompt(window, 'Where?');
    for (const word of ['Ålesund', 'Dunmore', '👋', 'visited']) {
      const start = window.indexOf(word);
      const range = tokenizer.tokenRange(prompt, { start, end: start + word.length });
      expect(range).not.toBeNull();
      const covered = tokenizer.decode(prompt.ids.slice(range?.start, range?.end));
      expect(covered.trim()).toBe(word);
    }
    expect(tokenizer.tokenRange(prompt, { start: 900, end: 901 })).toBeNull();
  });

  it('give each decoded token the text it adds, also where bytes are no character', () => {
    const any = fc.array(fc.integer({ min: 0, max: 2047 }), { maxLength: 40 });
    fc.assert(
      fc.property(any, (ids) => {
        const { text, spans } = tokenizer.decodeWithSpans(ids);
        expect(spans.map((span) => text.slice(span.start, span.end)).join('')).toBe(text);
        expect(spans).toHaveLength(ids.length);
      }),
    );
  });
});

describe('wrong files', () => {
  it('are refused with a code', () => {
    const codeOf = (json: unknown, config: unknown): string => {
      try {
        new PolicyTokenizer(json, config);
      } catch (error) {
        if (error instanceof TokenizerError) return error.code;
        throw error;
      }
      return 'none';
    };
    expect(codeOf(null, {})).toBe('tokenizer.invalid');
    expect(codeOf({ model: {} }, {})).toBe('tokenizer.invalid');
    expect(codeOf({ model: { type: 'Unigram', vocab: {} } }, {})).toBe('tokenizer.not_byte_level');
  });
});

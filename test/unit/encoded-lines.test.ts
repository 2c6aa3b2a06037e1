import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import shipped from '../../public/policy/tokenizer.json';
import { byLine } from '../../src/policy/encoded-lines';

const own = shipped.pre_tokenizer.pretokenizers[0].pattern?.Regex ?? '';
const gpt2 = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const qwen2 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const llama3 = qwen2.replace('\\p{N}|', '\\p{N}{1,3}|');

function tokenizerOf(regex: string) {
  const [split, bytes] = shipped.pre_tokenizer.pretokenizers;
  const json = {
    ...shipped,
    added_tokens: [],
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ ...split, pattern: { Regex: regex } }, bytes] },
  };
  const library = new Tokenizer(json as never, { clean_up_tokenization_spaces: false });
  let calls = 0;
  const whole = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  const lines = byLine((text) => {
    calls++;
    return whole(text);
  }, json);
  return { whole, lines, calls: () => calls };
}

/** Texts with every kind of neighbour of a line end. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\n\n',
        '\r\n',
        ' ',
        '  ',
        '\t',
        '.',
        '."',
        "'s",
        '7',
        '1847',
        'Kirk',
        ' the',
        '—',
        '\u2028',
        '\ufeff',
      ),
      fc.string({ unit: 'grapheme', maxLength: 2 }),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

describe('tokens line by line', () => {
  it.each([
    ['the shipped tokenizer', own],
    ['GPT-2', gpt2],
    ['Qwen2', qwen2],
    ['Llama 3', llama3],
  ])('are those of the whole text: %s', (_, regex) => {
    const { whole, lines } = tokenizerOf(regex);
    fc.assert(
      fc.property(texts, (text) => {
        expect(lines(text)).toEqual(whole(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([own, qwen2])('are looked up once', (regex) => {
    const { lines, calls } = tokenizerOf(regex);
    lines('One line.\nAnother.\n\nOne line.\nEnd');
    const first = calls();
    expect(first).toBeGreaterThan(2);
    lines('One line.\nAnother.\n\nOne line.\nEnd');
    expect(calls()).toBe(first);
  });

  it('does not cut where it knows nothing of the words', () => {
    const { lines, calls } = tokenizerOf('\\S+\\s*');
    lines('a\nb');
    lines('a\nb');
    expect(calls()).toBe(2);
  });

  it('gives a list of its own each time', () => {
    const { lines } = tokenizerOf(own);
    lines('One.').push(-1);
    expect(lines('One.')).not.toContain(-1);
  });
});

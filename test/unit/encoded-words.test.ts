import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import shipped from '../../public/policy/tokenizer.json';
import { byWord } from '../../src/policy/encoded-words';

const own = shipped.pre_tokenizer.pretokenizers[0].pattern?.Regex ?? '';
const gpt2 = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const qwen2 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const llama3 = qwen2.replace('\\p{N}|', '\\p{N}{1,3}|');

function tokenizerOf(regex: string, normalizer: { type: string } | null = null) {
  const [split, bytes] = shipped.pre_tokenizer.pretokenizers;
  const json = {
    ...shipped,
    added_tokens: [],
    normalizer,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ ...split, pattern: { Regex: regex } }, bytes] },
  };
  const library = new Tokenizer(json as never, { clean_up_tokenization_spaces: false });
  let calls = 0;
  const whole = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  const cached = byWord((text) => {
    calls++;
    return whole(text);
  }, json);
  return { whole, cached, calls: () => calls };
}

/** Texts with every kind of neighbour of white space. */
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
        "'S",
        "'ſ",
        "'LL",
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

describe('tokens word by word', () => {
  it.each([
    ['the shipped tokenizer', own, null],
    ['GPT-2', gpt2, null],
    ['Qwen2', qwen2, { type: 'NFC' }],
    ['Llama 3', llama3, null],
  ])('are those of the whole text: %s', (_, regex, normalizer) => {
    const { whole, cached } = tokenizerOf(regex, normalizer);
    fc.assert(
      fc.property(texts, (text) => {
        expect(cached(text)).toEqual(whole(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([own, qwen2])('are looked up once', (regex) => {
    const { cached, calls } = tokenizerOf(regex);
    cached('One line.\nAnother.\n\nOne line.\nEnd');
    const first = calls();
    expect(first).toBeGreaterThan(2);
    cached('One line.\nAnother.\n\nOne line.\nEnd');
    expect(calls()).toBe(first);
  });

  it('asks for the whole text where it knows nothing of the words', () => {
    const { cached, calls } = tokenizerOf('\\S+\\s*');
    cached('a\nb');
    cached('a\nb');
    expect(calls()).toBe(2);
  });

  it('gives a list of its own each time', () => {
    const { cached } = tokenizerOf(own);
    cached('One.').push(-1);
    expect(cached('One.')).not.toContain(-1);
  });
});

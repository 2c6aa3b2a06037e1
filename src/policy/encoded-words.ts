/**
 * @file Tokens of a text word by word, remembered. Documents are cut to a length by counting their passages again and again,
 * which was most of what a training step did on the processor.
 *
 * It is exact: byte-level BPE never joins two of the words into which a tokenizer's expression splits a text, and each of
 * the expressions known here splits a word that stands alone into itself.
 */

/** GPT-2, the shipped tokenizer, Qwen2 and Llama 3. */
const knownExpressions: ReadonlySet<string> = new Set([
  "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
]);

/** A document of 64K tokens has some thousands; what is forgotten is only looked up again. */
const mostWords = 1 << 16;

type Encode = (text: string) => number[];

type Sections = Record<string, unknown>;

interface PreTokenizer {
  type?: string;
  pattern?: { Regex?: string };
  pretokenizers?: PreTokenizer[];
}

/**
 * `encode` with a memory for words; `encode` itself where nothing is known of the tokenizer's words.
 * @param tokenizerJson a parsed tokenizer.json.
 */
export function byWord(encode: Encode, tokenizerJson: Sections): Encode {
  const expression = expressionOf(tokenizerJson);
  if (!expression) return encode;
  const composed = isNfc(tokenizerJson);
  const known = new Map<string, readonly number[]>();
  const encodeWord = (word: string): readonly number[] => {
    const before = known.get(word);
    if (before) return before;
    const ids = encode(word);
    if (known.size >= mostWords) known.clear();
    known.set(word, ids);
    return ids;
  };
  return (text) => {
    const ids: number[] = [];
    const normal = composed ? text.normalize('NFC') : text;
    for (const word of normal.match(expression) ?? []) for (const id of encodeWord(word)) ids.push(id);
    return ids;
  };
}

function isNfc({ normalizer }: Sections): boolean {
  return (normalizer as { type?: string } | null)?.type === 'NFC';
}

function expressionOf(sections: Sections): RegExp | undefined {
  const { normalizer, pre_tokenizer } = sections;
  // A normaliser works before the words are found; parts of a composed text are composed.
  if (normalizer && !isNfc(sections)) return;
  const [split, bytes, ...others] = (pre_tokenizer as PreTokenizer | null)?.pretokenizers ?? [];
  if (split?.type !== 'Split' || bytes?.type !== 'ByteLevel' || others.length > 0) return;
  const source = split.pattern?.Regex ?? '';
  if (!knownExpressions.has(source)) return;
  return new RegExp(inJavaScript(source), 'gu');
}

function inJavaScript(source: string): string {
  const eitherCase = (letters: string) =>
    letters.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return (
    source
      // Not every browser knows a flag for a part of an expression.
      .replace(/\(\?i:([^)]*)\)/, (_, letters: string) => `(?:${eitherCase(letters)})`)
      // JavaScript's own class has the byte order mark and lacks U+0085.
      .replaceAll('\\s', '\\p{White_Space}')
      .replaceAll('\\S', '\\P{White_Space}')
  );
}

/**
 * @file Tokens of a text line by line, remembered. Documents are cut to a length by counting their passages again and again,
 * alone and joined, which is most of what a training step does on the processor.
 *
 * It is exact: a cut lies where the expression that splits a text into words ends a word, whatever stands around it, and
 * byte-level BPE never joins two words.
 */

/** Where a text may be cut, by the expression of the pre-tokenizer. */
const cutsOf: Readonly<Record<string, RegExp>> = {
  // GPT-2, and the shipped tokenizer: white space begins a word, and how a run of it is split depends on what follows.
  "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+": /(?<=\S)(?=\n)/,
  "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+": /(?<=\S)(?=\n)/,
  // Qwen2 and Llama 3: a full stop takes the line ends behind it along, and line ends close a word.
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    /(?<=\n)(?=\S)/,
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    /(?<=\n)(?=\S)/,
};

/** Lines that are remembered; a long document has some thousands. */
const mostLines = 1 << 14;
/** A longer line is seldom asked for twice. */
const longestLine = 2048;

type Encode = (text: string) => number[];

interface Sections {
  normalizer?: { type?: string } | null;
  pre_tokenizer?: PreTokenizer | null;
}

interface PreTokenizer {
  type?: string;
  pattern?: { Regex?: string };
  pretokenizers?: PreTokenizer[];
}

/**
 * `encode` with a memory for lines; `encode` itself where nothing is known of the tokenizer's words.
 * @param tokenizerJson a parsed tokenizer.json.
 */
export function byLine(encode: Encode, tokenizerJson: object): Encode {
  const cut = cutOf(tokenizerJson);
  if (!cut) return encode;
  const known = new Map<string, readonly number[]>();
  const encodeLine = (line: string): readonly number[] => {
    const before = known.get(line);
    if (before) return before;
    const ids = encode(line);
    if (line.length > longestLine) return ids;
    if (known.size >= mostLines) known.clear();
    known.set(line, ids);
    return ids;
  };
  return (text) => {
    const ids: number[] = [];
    for (const line of text.split(cut)) for (const id of encodeLine(line)) ids.push(id);
    return ids;
  };
}

function cutOf({ normalizer, pre_tokenizer }: Sections): RegExp | undefined {
  // No character composes with a line end; other normalisers may look at the whole text.
  if (normalizer && normalizer.type !== 'NFC') return;
  const [split, bytes, ...others] = pre_tokenizer?.pretokenizers ?? [];
  if (split?.type !== 'Split' || bytes?.type !== 'ByteLevel' || others.length > 0) return;
  return cutsOf[split.pattern?.Regex ?? ''];
}

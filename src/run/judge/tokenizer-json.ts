/** @file The judge's `tokenizer.json`: byte-level BPE in which words, digits and signs stay apart. */
import { BYTE_CHARACTERS } from '../../policy/tokenizer';
import { judgeTokens } from './encoding';

/** What becomes pieces on its own. */
export const judgePattern = '\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]';

/** The file's content for these merges. Without any, every byte is a token. */
export function judgeTokenizerJson(merges: readonly (readonly [string, string])[]): Record<string, unknown> {
  const tokens = [...judgeTokens, ...BYTE_CHARACTERS, ...merges.map(([left, right]) => left + right)];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: judgeTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: judgePattern }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}

/**
 * @file Trains the policy's tokenizer and writes `public/policy/tokenizer.json` and `tokenizer_config.json`.
 *
 * Run: `node scripts/longview.mjs --script scripts/train-tokenizer.ts`. The result depends on nothing but the sources.
 *
 * 2,048 entries: 7 special tokens, 256 bytes, then merges. Numbers are cut into pairs of digits and every pair is one
 * token, with and without a leading space, so that sums are over whole tokens.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BYTE_CHARACTERS } from '../src/policy/tokenizer';
import { feedCorpus } from './tokenizer/corpus';
import { type Merge, trainBpe } from './tokenizer/train-bpe';

const VOCAB_SIZE = 2048;
const SPECIAL_TOKENS = ['<|pad|>', '<|bos|>', '<|eos|>', '<text>', '</text>', '<think>', '</think>'];

/** GPT-2's pattern with digits in groups of at most two. */
const PATTERN = "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const SPACE = BYTE_CHARACTERS[32];

function forcedMerges(): Merge[] {
  const digits = [...'0123456789'];
  const pairs = digits.flatMap((a) => digits.map((b): Merge => [a, b]));
  return [
    ...digits.map((d): Merge => [SPACE, d]),
    ...pairs.map(([a, b]): Merge => [SPACE + a, b]),
    ...pairs,
    [SPACE, '+'],
    [SPACE, '='],
    ['_', '_'],
    ['__', '__'],
    [SPACE, '____'],
  ];
}

function countPreTokens(): Map<string, number> {
  const encoder = new TextEncoder();
  const pattern = new RegExp(PATTERN, 'gu');
  const counts = new Map<string, number>();
  feedCorpus((text, weight) => {
    for (const [piece] of text.matchAll(pattern)) {
      const key = Array.from(encoder.encode(piece), (byte) => BYTE_CHARACTERS[byte]).join('');
      counts.set(key, (counts.get(key) ?? 0) + weight);
    }
  });
  return counts;
}

export async function main(): Promise<number> {
  const merges = trainBpe(countPreTokens(), forcedMerges(), VOCAB_SIZE - SPECIAL_TOKENS.length - 256);
  const tokens = [...SPECIAL_TOKENS, ...BYTE_CHARACTERS, ...merges.map(([left, right]) => left + right)];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== VOCAB_SIZE) throw new Error('Two merges made the same token.');

  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PATTERN }, behavior: 'Isolated', invert: false },
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
      vocab,
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: 4096,
    clean_up_tokenization_spaces: false,
    add_bos_token: false,
    bos_token: '<|bos|>',
    eos_token: '<|eos|>',
    pad_token: '<|pad|>',
  };

  const folder = path.resolve(process.env.LONGVIEW_ROOT ?? '.', 'public/policy');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`);
  writeFileSync(path.join(folder, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
  console.log(`${tokens.length} tokens written to ${folder}`);
  return 0;
}

/**
 * @file Trains the judge's tokenizer on the pairs it learns from and writes `public/judge/tokenizer.json`.
 *
 * Run: `node scripts/longview.mjs --script scripts/train-judge-tokenizer.ts`. The result depends on nothing but the
 * sources. 1,024 entries: the special tokens, 256 bytes, then merges inside words; digits stay apart.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BYTE_CHARACTERS } from '../src/policy/tokenizer';
import { judgeTokens } from '../src/run/judge/encoding';
import { judgePattern, judgeTokenizerJson } from '../src/run/judge/tokenizer-json';
import { pairGroup } from '../src/tasks/judge-pairs';
import { ADJECTIVES, ADVERBS, FUNCTION_WORDS, NOUNS, VERBS } from '../src/tasks/lexicon';
import { trainBpe } from './tokenizer/train-bpe';

const vocabulary = 1024;
const groups = 6000;

export async function main(): Promise<number> {
  const encoder = new TextEncoder();
  const counts = new Map<string, number>();
  const add = (text: string, weight: number) => {
    const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    for (const [piece] of plain.matchAll(new RegExp(judgePattern, 'gu'))) {
      const key = Array.from(encoder.encode(piece), (byte) => BYTE_CHARACTERS[byte]).join('');
      counts.set(key, (counts.get(key) ?? 0) + weight);
    }
  };
  for (let i = 0; i < groups; i++) {
    const { question, gold, pairs } = pairGroup('train', 1, i);
    for (const text of [question, gold, ...pairs.map(({ prediction }) => prediction)]) add(text, 1);
  }
  // Ordinary English beside it, so that what is not in the pairs falls into few pieces.
  for (const list of [FUNCTION_WORDS, NOUNS, VERBS, ADJECTIVES, ADVERBS])
    for (const word of list) add(word, 8);
  const merges = trainBpe(counts, [], vocabulary - judgeTokens.length - 256);
  const folder = path.resolve(process.env.LONGVIEW_ROOT ?? '.', 'public/judge');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'tokenizer.json'), `${JSON.stringify(judgeTokenizerJson(merges))}\n`);
  console.log(`${vocabulary} tokens written to ${folder}`);
  return 0;
}

/**
 * @file The words that the judge knows: those of the sentences that pairs are made of, and of the thesaurus. Names and things
 * are left out, so that those of the training part are read as unknown as any other.
 */
import { KNOWN_TEXTS } from '../../tasks/judge-pairs';
import { judgeTokens } from './encoding';
import { judgeWords } from './words';

/** Rows of the head's matrix come in fours. */
const rowStep = 4;

/** Known words in the order of their ids, behind the special tokens. It depends on nothing but the sources. */
export function judgeVocabulary(): string[] {
  const keys = KNOWN_TEXTS.flatMap(judgeWords).flatMap(({ kind, key }) =>
    kind === 'word' || kind === 'sign' ? [key] : [],
  );
  return [...new Set(keys)].sort();
}

/** The content of `tokenizer.json`: special tokens, then words; filled up so that the rows come in fours. */
export function judgeTokenizerJson(words: readonly string[]): Record<string, unknown> {
  const tokens: string[] = [...judgeTokens, ...words];
  while (tokens.length % rowStep !== 0) tokens.push(`<spare ${tokens.length % rowStep}>`);
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      unk_token: '<word>',
    },
  };
}

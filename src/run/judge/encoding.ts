/**
 * @file What the embedded judge reads:
 *
 *     [<|bos|>] question [<gold>] answer [<pred>] answer [<verdict>]   →   <yes> or <no>
 *
 * A word of the vocabulary is its token. Any other word says only what it is: `<particle>`, `<verb>` or `<adverb>` by a
 * list of common English or by its ending, `<name>` in capitals, else `<word>`; `<number>` with its digits, an initial as
 * its letter, `<asked>` where the question has it. A word that both answers have is preceded by `<@k>`, k its place in the
 * gold answer, and is nothing else where the vocabulary has it not; `<initial>` `<@k>` joins a letter and the word that
 * begins with it. Words that the thesaurus holds for one meaning count as one word (`meanings.ts`). So names and things are
 * known by their places alone, and one that was never seen is read as one that was. Texts never yield one of the special
 * tokens.
 */
import { CodedError } from '../../errors';
import type { JudgeRequest } from '../../reward/types';
import { type MarkedWord, markAnswers } from './marks';
import { joinMeanings } from './meanings';
import { classOfWord } from './word-class';
import { type JudgeWord, judgeWords } from './words';

/** Places in the gold answer that have a token of their own; later ones share the last. */
const places = 24;

/** Special tokens, in the order of their ids. */
export const judgeTokens = [
  '<|pad|>',
  '<|bos|>',
  '<|eos|>',
  '<gold>',
  '<pred>',
  '<verdict>',
  '<yes>',
  '<no>',
  '<asked>',
  '<number>',
  '<name>',
  '<word>',
  '<verb>',
  '<adverb>',
  '<particle>',
  '<initial>',
  '<cut>',
  ...Array.from('0123456789', (digit) => `<${digit}>`),
  ...Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `<${letter}>`),
  ...Array.from({ length: places }, (_, place) => `<@${place}>`),
] as const;

/** Tokens that a question and an answer may take; what is beyond is cut, the beginning of a question first. */
export const maxQuestionTokens = 32;
export const maxAnswerTokens = 64;

/** Longest input: question, two answers and the tokens around them. */
export const maxJudgeTokens = maxQuestionTokens + 2 * maxAnswerTokens + 4;

/** Digits of a number that are read. */
const maxDigits = 12;

export class JudgeEncoder {
  readonly vocabSize: number;
  readonly padId: number;
  private readonly ids: ReadonlyMap<string, number>;
  private isHidden: (key: string) => boolean = () => false;

  /** @param tokenizerJson the parsed file, a word-level vocabulary. @throws CodedError `judge.tokenizer`. */
  constructor(tokenizerJson: unknown) {
    const { model } = (tokenizerJson ?? {}) as { model?: { type?: unknown; vocab?: unknown } };
    if (model?.type !== 'WordLevel' || typeof model.vocab !== 'object' || model.vocab === null)
      throw unusable('It is no word-level vocabulary.');
    this.ids = new Map(Object.entries(model.vocab as Record<string, number>));
    const missing = judgeTokens.find((token) => !this.ids.has(token));
    if (missing !== undefined) throw unusable(`It has no token ${missing}.`);
    this.vocabSize = this.ids.size;
    this.padId = this.id('<|pad|>');
  }

  /** @throws CodedError `judge.tokenizer` where the vocabulary has no such token. */
  id(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) throw unusable(`It has no token ${token}.`);
    return id;
  }

  /** The same, but words whose key is hidden are read as if the vocabulary did not have them. */
  hiding(isHidden: (key: string) => boolean): JudgeEncoder {
    return Object.assign(Object.create(JudgeEncoder.prototype), this, { isHidden });
  }

  /** The part that all answers to one question share. */
  question(text: string): number[] {
    const tokens = judgeWords(text).flatMap((word, i) => this.word(word, false, i === 0));
    return [this.id('<|bos|>'), ...tokens.slice(-maxQuestionTokens)];
  }

  /** What follows the question, up to the verdict. */
  answers({ question, prediction, gold }: JudgeRequest): number[] {
    const joined = joinMeanings(judgeWords(gold), judgeWords(prediction));
    const sides = markAnswers(joined.gold, joined.prediction, judgeWords(question));
    return [
      this.id('<gold>'),
      ...this.answer(sides.gold),
      this.id('<pred>'),
      ...this.answer(sides.prediction),
      this.id('<verdict>'),
    ];
  }

  encode(request: JudgeRequest): number[] {
    return [...this.question(request.question), ...this.answers(request)];
  }

  private answer(words: readonly MarkedWord[]): number[] {
    const tokens = words.flatMap((word, i) => this.marked(word, i === 0));
    if (tokens.length <= maxAnswerTokens) return tokens;
    return [...tokens.slice(0, maxAnswerTokens - 1), this.id('<cut>')];
  }

  private marked(word: MarkedWord, isFirst: boolean): number[] {
    const { mark } = word;
    if (mark === 'new' || word.kind === 'sign') return this.word(word, true, isFirst);
    const known = this.known(word);
    if (mark === 'asked') return known ?? [this.id('<asked>')];
    const place = this.id(`<@${Math.min(word.place, places - 1)}>`);
    return mark === 'initial' ? [this.id('<initial>'), place] : [place, ...(known ?? [])];
  }

  /** Tokens of a word by itself. */
  private word(word: JudgeWord, withDigits: boolean, isFirst: boolean): number[] {
    const { kind, text, key } = word;
    const known = this.known(word);
    if (known) return known;
    if (kind === 'sign') return [];
    if (kind === 'letter') return [this.ids.get(`<${key}>`) ?? this.id('<name>')];
    if (kind === 'word') {
      const isName = /^\p{Lu}/u.test(text);
      const wordClass = isName && !isFirst ? null : classOfWord(key);
      return [this.id(wordClass ? `<${wordClass}>` : isName ? '<name>' : '<word>')];
    }
    const digits = withDigits ? (key.match(/[0-9]/g) ?? []).slice(0, maxDigits) : [];
    return [this.id('<number>'), ...digits.map((digit) => this.id(`<${digit}>`))];
  }

  /** A special token begins with `<`, as no word does. */
  private known({ kind, key }: JudgeWord): number[] | null {
    const id = kind === 'word' || kind === 'sign' ? this.ids.get(key) : undefined;
    return id === undefined || this.isHidden(key) ? null : [id];
  }
}

function unusable(message: string): CodedError {
  return new CodedError(
    'judge.tokenizer',
    `The judge's tokenizer.json cannot be used. ${message}`,
    'Take tokenizer.json and model.onnx from one folder.',
  );
}

/**
 * @file What the embedded judge reads:
 *
 *     [<|bos|>] question [<gold>] answer [<pred>] answer [<verdict>]   →   <yes> or <no>
 *
 * A word of an answer is a mark and its pieces. The mark is `<@k>` where the other answer has the word, k its place among
 * the words of the gold answer; `<asked>` where the question has it; else its first letter (`<number>` for digits). In the
 * predicted answer `<@k>` stands alone, as its pieces were read already. A new word in capitals is spelled in letters.
 * Digits are single tokens; everything is read in lower case. Texts never yield one of the special tokens.
 */
import { CodedError } from '../../errors';
import { PolicyTokenizer } from '../../policy/tokenizer';
import { type JudgeWord, judgeWords, type MarkedWord, markWords } from '../../reward/judge-words';
import type { JudgeRequest } from '../../reward/types';

/** Places in the gold answer that have a token of their own; later ones share the last. */
const places = 16;

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
  '<cut>',
  '<other>',
  ...Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `<${letter}>`),
  ...Array.from({ length: places }, (_, place) => `<@${place}>`),
] as const;

/** Pieces that a question and an answer may take; what is beyond is cut, the beginning of a question first. */
export const maxQuestionTokens = 32;
export const maxAnswerTokens = 64;

/** Longest input: question, two answers and the tokens around them. */
export const maxJudgeTokens = maxQuestionTokens + 2 * maxAnswerTokens + 4;

export class JudgeEncoder {
  readonly vocabSize: number;
  readonly padId: number;
  private readonly tokenizer: PolicyTokenizer;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly pieces = new Map<string, number[]>();

  /** @param tokenizerJson the parsed file. @throws CodedError `judge.tokenizer`. */
  constructor(tokenizerJson: unknown) {
    try {
      this.tokenizer = new PolicyTokenizer(tokenizerJson, { eos_token: '<|eos|>', pad_token: '<|pad|>' });
    } catch (cause) {
      throw unusable(cause instanceof Error ? cause.message : 'It cannot be read.', cause);
    }
    const { added_tokens: added = [] } = tokenizerJson as {
      added_tokens?: { content: string; id: number }[];
    };
    this.ids = new Map(added.map(({ content, id }) => [content, id]));
    const missing = judgeTokens.find((token) => !this.ids.has(token));
    if (missing !== undefined) throw unusable(`It has no token ${missing}.`);
    this.vocabSize = this.tokenizer.vocabSize;
    this.padId = this.tokenizer.padId;
  }

  id(token: (typeof judgeTokens)[number]): number {
    return this.ids.get(token) ?? this.padId;
  }

  /** The part that all answers to one question share. */
  question(text: string): number[] {
    const tokens = judgeWords(text).flatMap((word) => this.plain(word));
    return [this.id('<|bos|>'), ...tokens.slice(-maxQuestionTokens)];
  }

  /** What follows the question, up to the verdict. */
  answers({ question, prediction, gold }: JudgeRequest): number[] {
    const [asked, predicted, right] = [question, prediction, gold].map(judgeWords);
    return [
      this.id('<gold>'),
      ...this.answer(markWords(right, predicted, asked, right), true),
      this.id('<pred>'),
      ...this.answer(markWords(predicted, right, asked, right), false),
      this.id('<verdict>'),
    ];
  }

  encode(request: JudgeRequest): number[] {
    return [...this.question(request.question), ...this.answers(request)];
  }

  private answer(words: readonly MarkedWord[], isGold: boolean): number[] {
    const tokens = words.flatMap((word) => this.marked(word, isGold));
    if (tokens.length <= maxAnswerTokens) return tokens;
    return [...tokens.slice(0, maxAnswerTokens - 1), this.id('<cut>')];
  }

  private marked(word: MarkedWord, isGold: boolean): number[] {
    if (word.kind === 'sign') return this.plain(word);
    if (word.mark === 'same') {
      const place = this.id(`<@${Math.min(word.place, places - 1)}>`);
      return isGold ? [place, ...this.plain(word)] : [place];
    }
    if (word.mark === 'asked') return [this.id('<asked>'), ...this.plain(word)];
    if (word.kind === 'number') return [this.id('<number>'), ...this.plain(word)];
    if (/^\p{Lu}{2,6}$/u.test(word.text)) return [...word.text].map((letter) => this.letter(letter));
    return [this.letter(word.text), ...this.plain(word)];
  }

  private letter(text: string): number {
    return this.ids.get(`<${text.slice(0, 1).toLowerCase()}>`) ?? this.id('<other>');
  }

  private plain({ text }: JudgeWord): number[] {
    const lower = text.toLowerCase();
    const known = this.pieces.get(lower);
    if (known) return known;
    const pieces = this.tokenizer.encode(lower);
    if (this.pieces.size < 50_000) this.pieces.set(lower, pieces);
    return pieces;
  }
}

function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError(
    'judge.tokenizer',
    `The judge's tokenizer.json cannot be used. ${message}`,
    'Take tokenizer.json and model.onnx from one folder.',
    { cause },
  );
}

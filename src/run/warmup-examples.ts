/**
 * @file Supervised examples as token groups: a prefix that is stored once, and continuations of question, reasoning and
 * answer. A token's weight is what it counts in its sequence; questions count nothing.
 */
import { asCodedError, CodedError } from '../errors';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { TrainAnswer, TrainGroup } from '../policy/types';
import type { LengthBracket } from '../rl/curriculum';
import type { ExampleSource } from '../rl/supervised';
import { LEVEL_DIALS } from '../tasks/families';
import { Random } from '../tasks/random';
import type { LongDocument, Question } from '../tasks/types';
import { sentencesIn, type WarmupExample, warmupExample } from '../tasks/warmup';
import { familyMix, slotOf } from './family-mix';
import { familyItemWithin } from './family-source';
import { givenSource, isDataset } from './given-source';
import type { RunConfig } from './settings';

/** What an example may take at most; all in tokens. */
export interface ExampleRoom {
  /** Prefix and question. */
  prompt: number;
  /** Reasoning, answer and end. */
  answer: number;
  /** Question, reasoning, answer and end. */
  continuation: number;
  /** All of the example, its prefix once. */
  group: number;
  /** All continuations together. */
  continuations: number;
}

/** When pieces of a window are learned from too. */
type Restate = 'always' | 'beside questions' | 'never';

/** Tokens of a prompt besides its window, roughly: template and an ordinary question. */
const questionTokens = 28;
const minWindowTokens = 16;
/** Examples tried until one fits. */
const maxTries = 16;
/** Path word that keeps warm-up apart from the questions of the same seed. */
const warmupPath = 79;

/**
 * The examples of a run's warm-up stages: of the families it will be asked, no longer than its answers may be. Where the
 * document is a data set with worked answers, they take the place of the document's families.
 */
export function runExamples(
  tokenizer: PolicyTokenizer,
  config: RunConfig,
  document: LongDocument,
): ExampleSource {
  const mix = familyMix(config['task.families']);
  const seed = new Random(config.seed, warmupPath).uint32();
  const answer = config.max_response_length;
  // No example takes more than the largest group of answers that memory is planned for.
  const room = (prompt: number): ExampleRoom => ({
    prompt,
    answer,
    continuation: config.max_prompt_length + answer,
    group: config.max_prompt_length + config.group_size * (answer - 1),
    continuations: config.group_size * answer,
  });
  let pieces: string[] | null = null;
  const ofWindow = (index: number, { over, max }: LengthBracket, attempt: number): TrainGroup => {
    pieces ??= wordPieces(tokenizer);
    const length = new Random(seed, 1, index, attempt).between(over + 1, max);
    const example = warmupExample(new Random(seed, 2, attempt).uint32(), index, {
      windowTokens: Math.max(minWindowTokens, length - questionTokens),
      questions: config['sft.questions'],
      countTokens: tokenizer.countTokens,
      pieces,
    });
    const restate = config['sft.restate'] ? 'beside questions' : 'never';
    return windowGroup(tokenizer, example, config['sft.answer_weight'], room(max), restate);
  };
  const worked = isDataset(document)
    ? givenSource(document, tokenizer, {
        seed,
        part: 'train',
        maxPromptTokens: config.max_prompt_length,
        accept: ({ reasoning }) => reasoning !== undefined,
      })
    : null;
  /** A row as it was given; null where none of such a length has a worked answer. */
  const ofRow = (index: number, lengths: LengthBracket, attempt: number): TrainGroup | null => {
    if (!worked?.distinct) return null;
    try {
      const { question, tokens } = worked.item(index + attempt, lengths);
      const shown = { reasoning: ` ${question.reasoning}`, answers: question.answers };
      const answers = [answered(tokenizer, [], shown, config['sft.answer_weight'])];
      return { promptTokens: tokens, answers: fitting(tokens.length, answers, room(lengths.max)) };
    } catch (error) {
      if (asCodedError(error).code === 'curriculum.empty_bracket') return null;
      throw error;
    }
  };
  const ofDocument = (index: number, lengths: LengthBracket, attempt: number): TrainGroup =>
    ofRow(index, lengths, attempt) ?? ofWindow(index, lengths, attempt);
  const ofFamily = (index: number, lengths: LengthBracket, attempt: number): TrainGroup => {
    const family = mix.suites[index % mix.suites.length];
    const place = Math.floor(index / mix.suites.length) + attempt * 2 ** 40;
    const { document, question } = familyItemWithin(tokenizer, family, place, lengths, {
      seed,
      part: 'train',
      dials: LEVEL_DIALS[config['task.level']],
    });
    const shown = {
      reasoning: config['sft.reasoning'] === 'full' ? question.reasoning : evidenceAgain(document, question),
      answers:
        config['sft.wording'] === 'gold'
          ? question.answers
          : [new Random(seed, 3, place).pick([...question.answers, ...(question.paraphrases ?? [])])],
    };
    const { ids } = tokenizer.buildPrefix(document.text);
    const head = tokenizer.buildQuestion(question.text);
    const answer = answered(tokenizer, head, shown, config['sft.answer_weight']);
    const answers = fitting(ids.length, [answer], room(lengths.max));
    if (config['sft.restate'] && answers.length > 0) {
      const sentences = new Random(seed, 4, place).shuffle(sentencesIn(document.text));
      const pieces = sentences.map((sentence) => tokenizer.encode(sentence));
      const left = roomBeside(ids.length, answers, room(lengths.max));
      answers.push(...restatements(tokenizer, pieces, determinedByOpening(pieces), left));
    }
    return { promptTokens: ids, answers };
  };
  return {
    example(index, lengths) {
      const slot = slotOf(mix, index);
      for (let attempt = 0; attempt < maxTries; attempt++) {
        const make = slot.kind === 'document' ? ofDocument : ofFamily;
        const group = make(slot.index, lengths, attempt);
        if (group.answers.length > 0) return group;
      }
      throw new CodedError(
        'sft.no_example',
        `No warm-up example fits: reasoning and answer are longer than ${answer} tokens, or the prompt than ${lengths.max}.`,
        'Raise max_response_length or the tokens of the stage, or choose other task.families.',
      );
    },
  };
}

/** The evidence of a question, word for word, as reasoning. */
function evidenceAgain({ text }: LongDocument, { evidence }: Question): string {
  const said = evidence.map(({ start, end }) => text.slice(start, end).trim().replace(/\.$/, ''));
  return said.length > 0 ? ` ${said.join('. ')}.` : '';
}

/** A window with its questions and, where wanted, pieces of it said again. */
export function windowGroup(
  tokenizer: PolicyTokenizer,
  example: WarmupExample,
  answerWeight: number,
  room: ExampleRoom,
  restate: Restate,
): TrainGroup {
  const { ids } = tokenizer.buildPrefix(example.window);
  const answers = fitting(
    ids.length,
    example.questions.map((question) =>
      answered(tokenizer, tokenizer.buildQuestion(question.text), question, answerWeight),
    ),
    room,
  );
  if (restate === 'always' || (restate === 'beside questions' && answers.length > 0)) {
    const left = roomBeside(ids.length, answers, room);
    const pieces = example.restatements.map((piece) => tokenizer.encode(piece));
    // A window has several questions already: one sequence, as many pieces as it holds.
    answers.push(...restatements(tokenizer, pieces, determinedByTwo(ids), left).slice(0, 1));
  }
  return { promptTokens: ids, answers };
}

/** Vocabulary entries that are letters only: what arbitrary text is woven from. */
export function wordPieces(tokenizer: PolicyTokenizer): string[] {
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]).trim()).filter(
    (text) => /^\p{L}{2,}$/u.test(text),
  );
}

function answered(
  tokenizer: PolicyTokenizer,
  head: readonly number[],
  { reasoning, answers: [answer] }: { reasoning: string; answers: readonly string[] },
  answerWeight: number,
): TrainAnswer {
  const tail = tokenizer.buildAnswer(reasoning, answer);
  const reasoned = tokenizer.encode(reasoning).length;
  return continuation(
    head,
    tail,
    Array.from(tail, (_, i) => (i < reasoned ? 1 : answerWeight)),
  );
}

function continuation(
  head: ArrayLike<number>,
  tail: ArrayLike<number>,
  counts: ArrayLike<number>,
): TrainAnswer {
  const tokens = Uint32Array.from([...Array.from(head), ...Array.from(tail)]);
  const weights = new Float32Array(tokens.length);
  for (let i = 0; i < tail.length; i++) weights[head.length + i] = counts[i];
  return { tokens, weights, oldLogprobs: new Float32Array(tokens.length), advantage: 0 };
}

/** The answers that find room behind a prefix, in order. */
function fitting(prefix: number, answers: readonly TrainAnswer[], room: ExampleRoom): TrainAnswer[] {
  const kept: TrainAnswer[] = [];
  let taken = 0;
  for (const answer of answers) {
    const { length } = answer.tokens;
    const head = answer.weights.findIndex((weight) => weight > 0);
    const fits =
      prefix + head <= room.prompt &&
      length - head <= room.answer &&
      length <= room.continuation &&
      taken + length <= Math.min(room.continuations, room.group - prefix);
    if (!fits) continue;
    kept.push(answer);
    taken += length;
  }
  return kept;
}

/** Tokens that each further continuation of the group may have, and all of them together. */
function roomBeside(prefix: number, answers: readonly TrainAnswer[], room: ExampleRoom) {
  const taken = answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    each: room.prompt + room.answer - prefix,
    all: Math.min(room.group - prefix, room.continuations) - taken,
  };
}

/** Whether token `i` of a piece can be known from the text and what stands before it in the piece. */
type Determined = (piece: readonly number[], i: number) => boolean;

/** By the two tokens before it, wherever they stand in the window: for text whose phrases hardly come twice. */
function determinedByTwo(window: Uint32Array): Determined {
  const followers = new Map<string, Set<number>>();
  for (let i = 2; i < window.length; i++) {
    const key = `${window[i - 2]},${window[i - 1]}`;
    followers.set(key, (followers.get(key) ?? new Set()).add(window[i]));
  }
  return (piece, i) => {
    const next = i < 2 ? undefined : followers.get(`${piece[i - 2]},${piece[i - 1]}`);
    return next?.size === 1 && next.has(piece[i]);
  };
}

/**
 * By all that stands before it, at least two tokens, among the sentences that open so: who founded a company is known
 * once its whole name stands there, though many were founded.
 */
export function determinedByOpening(pieces: readonly (readonly number[])[]): Determined {
  const followers = new Map<string, Set<number>>();
  for (const piece of pieces)
    for (let i = 2; i < piece.length; i++) {
      const key = piece.slice(0, i).join();
      followers.set(key, (followers.get(key) ?? new Set()).add(piece[i]));
    }
  return (piece, i) => i >= 2 && followers.get(piece.slice(0, i).join())?.size === 1;
}

/** Pieces of a text said again, in as many sequences as there is room for; of their tokens those count that are determined. */
function restatements(
  tokenizer: PolicyTokenizer,
  pieces: readonly (readonly number[])[],
  isDetermined: Determined,
  { each, all }: { each: number; all: number },
): TrainAnswer[] {
  const head = tokenizer.buildQuestion('Repeat.');
  const found: TrainAnswer[] = [];
  let left = all;
  for (let at = 0; at < pieces.length; ) {
    const room = Math.min(each, left) - head.length;
    const ids: number[] = [];
    const counts: number[] = [];
    for (; at < pieces.length && ids.length + pieces[at].length <= room; at++) {
      ids.push(...pieces[at]);
      counts.push(...pieces[at].map((_, i) => Number(isDetermined(pieces[at], i))));
    }
    if (ids.length === 0) break;
    left -= head.length + ids.length;
    if (counts.includes(1)) found.push(continuation(head, ids, counts));
  }
  return found;
}

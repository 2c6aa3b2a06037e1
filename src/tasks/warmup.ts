/**
 * @file Warm-up items: a short document with several questions, their reasoning and answers, and pieces of the document
 * to be said again.
 *
 * Half of the items are generated documents with facts, half are arbitrary text with cloze questions only. What has to
 * be learnt is one circuit, find the place and copy what follows; the many surfaces keep it from being tied to one.
 */
import { blanksIn, chooseBlank, clozeQuestion } from './cloze';
import { DOCUMENT_KINDS, generateDocument } from './documents';
import type { QuestionDraft } from './draft';
import { factQuestion, factsIn } from './fact-questions';
import { type FactDocument, hasFacts } from './facts';
import { Random } from './random';
import type { DocumentFamily, LongDocument, Span } from './types';
import { type WeaveStyle, weave } from './weave';
import { type CountTokens, drawWindow } from './windows';

export interface WarmupOptions {
  windowTokens: number;
  /** Questions an item should hold; a poor window holds fewer. */
  questions: number;
  countTokens: CountTokens;
  /** Pieces of words to weave arbitrary text from, such as the tokenizer's vocabulary as text. */
  pieces?: readonly string[];
}

/** What the text of an item is. */
export type WarmupSource = 'facts' | WeaveStyle;

export interface WarmupExample {
  source: WarmupSource;
  /** The window, as the policy reads it. */
  window: string;
  questions: QuestionDraft[];
  /** Pieces of the window of about one sentence, word for word, in shuffled order; each opens with its space. */
  restatements: string[];
}

const SOURCE_SHARES: readonly [WarmupSource, number][] = [
  ['facts', 0.5],
  ['english', 0.25],
  ['pseudo', 0.1],
  ['tokens', 0.15],
];

/** A text far longer than the window would only cost time; this many times its tokens, in characters, is enough. */
const CHARACTERS_PER_TOKEN = 6;
/** Two hops count double: many windows allow none. */
const FAMILIES: readonly Exclude<DocumentFamily, 'cloze'>[] = ['lookup', 'two-hop', 'two-hop', 'sum'];

/** Item `index` of the endless warm-up sequence of a seed. */
export function warmupExample(seed: number, index: number, options: WarmupOptions): WarmupExample {
  for (let attempt = 0; ; attempt++) {
    const random = new Random(seed, index, attempt);
    const source = drawSource(random);
    const document = drawDocument(source, random, options);
    const window = drawWindow(document.text, options.windowTokens, random, options.countTokens);
    const questions = drawQuestions(document, window, random, options.questions);
    // Woven texts now and then hold no blank; facts always allow a look-up, so the loop ends.
    if (questions.length === 0) continue;
    return {
      source,
      window: document.text.slice(window.start, window.end),
      questions,
      restatements: drawRestatements(document, window, random),
    };
  }
}

function drawSource(random: Random): WarmupSource {
  let draw = random.float();
  for (const [source, share] of SOURCE_SHARES) {
    if (draw < share) return source;
    draw -= share;
  }
  return 'facts';
}

function drawDocument(source: WarmupSource, random: Random, options: WarmupOptions): LongDocument {
  const characters = options.windowTokens * CHARACTERS_PER_TOKEN;
  const id = 'warmup';
  if (source !== 'facts') {
    const text = weave(random, { style: source, characters, pieces: options.pieces });
    return { id, title: '', text, source: 'generated' };
  }
  return generateDocument({
    seed: random.uint32(),
    kind: random.pick(DOCUMENT_KINDS).name,
    characters,
    naming: random.chance(0.5) ? 'given' : 'full',
    ornament: random.pick([0, 0.3, 0.6]),
  });
}

function drawQuestions(document: LongDocument, window: Span, random: Random, count: number): QuestionDraft[] {
  const questions: QuestionDraft[] = [];
  const asked = new Set<string>();
  const add = (draft: QuestionDraft | null) => {
    if (draft === null || asked.has(draft.text)) return;
    asked.add(draft.text);
    questions.push(draft);
  };
  const facts = hasFacts(document) ? factsIn(document, window) : [];
  const clozeCount = hasFacts(document) && facts.length > 0 ? Math.ceil(count / 4) : count;
  const blanks = blanksIn(document.text, window, random);
  for (let tries = 0; questions.length < clozeCount && tries < 2 * clozeCount; tries++) {
    const blank = chooseBlank(blanks, window, random.float());
    add(blank && clozeQuestion(document.text, blank));
  }
  if (hasFacts(document) && facts.length > 0) {
    for (let tries = 0; questions.length < count && tries < 4 * count; tries++) {
      add(factQuestion(document, facts, random.pick(FAMILIES), random));
    }
  }
  return questions;
}

/** Stretches of 8–14 words inside one line; for facts, the cores themselves. */
function drawRestatements(document: LongDocument, window: Span, random: Random): string[] {
  if (hasFacts(document)) return random.shuffle(statements(document, window));
  const pieces: string[] = [];
  for (const line of document.text.slice(window.start, window.end).split('\n')) {
    const words = line.split(' ');
    for (let at = 1; at + 4 <= words.length; ) {
      const length = random.between(8, 14);
      pieces.push(` ${words.slice(at, at + length).join(' ')}`);
      at += length;
    }
  }
  return random.shuffle(pieces);
}

const statements = (document: FactDocument, window: Span): string[] =>
  factsIn(document, window).map((fact) => ` ${document.text.slice(fact.core.start, fact.core.end)}.`);

/** The sentences of a document of passages, each without its passage's opener and with a space before it; titles and tables are none. */
export function sentencesIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (!/^\p{Lu}.*\.$/u.test(line)) return [];
    return line
      .replace(/^[^:.]{1,40}: /, '')
      .split(/(?<=\.) /)
      .map((sentence) => ` ${sentence}`);
  });
}

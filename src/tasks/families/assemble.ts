/** @file From a draft to a document of the wanted length with its evidence at the wanted depth. */
import { TaskError } from '../errors';
import type { Random } from '../random';
import type { LongDocument, Question, Span, SuiteFamily } from '../types';
import type { CountTokens } from '../windows';
import type { FamilyDraft, FamilyItem, FamilyOptions, Passage } from './types';

const SEPARATOR = '\n\n';
/** Fillers in a row that may be too long for what is left before the document counts as full. */
const MAX_MISSES = 12;

interface Sized {
  passage: Passage;
  tokens: number;
}

/**
 * Orders, places and counts.
 * @throws TaskError `family.too_few_tokens` where evidence, question and required near misses do not fit.
 */
export function assemble(
  family: SuiteFamily,
  draft: FamilyDraft,
  random: Random,
  options: FamilyOptions,
): FamilyItem {
  const { tokens, depth, countTokens, seed, index = 0 } = options;
  const id = `${family}-${seed}-${index}-${tokens}${depth === undefined ? '' : `-${depth}`}`;
  const opening = `# ${draft.title}${SEPARATOR}`;
  const limit = tokens - countTokens(draft.question.text);
  const sized = (passage: Passage): Sized => ({ passage, tokens: countTokens(passage.text + SEPARATOR) });
  const evidence = draft.evidence.map(sized);
  const others = draft.nearMisses.slice(0, draft.requiredNearMisses).map(sized);
  let left = limit - countTokens(opening) - total(evidence) - total(others);
  if (left < 0) throw tooFewTokens(family, tokens, tokens - left);
  for (const nearMiss of draft.nearMisses.slice(draft.requiredNearMisses).map(sized)) {
    if (nearMiss.tokens > left) continue;
    others.push(nearMiss);
    left -= nearMiss.tokens;
  }
  for (let misses = 0; misses < MAX_MISSES; ) {
    const filler = sized(draft.filler());
    if (filler.tokens > left) {
      misses++;
      continue;
    }
    misses = 0;
    others.push(filler);
    left -= filler.tokens;
  }
  const required = draft.requiredNearMisses;
  const order = random.shuffle(others.map((_, i) => i));
  const depths = evidence.map(() => depth ?? random.float());
  const turn = random.shuffle(evidence.map((_, i) => i));
  // A tokenizer that merges over line ends can count a whole differently from its pieces.
  for (let count = others.length; ; count--) {
    const placed = place(
      evidence,
      order.filter((i) => i < count).map((i) => others[i]),
      depths,
      turn,
    );
    const { text, spans } = join(opening, placed, draft.evidence);
    if (fits(text, limit, countTokens)) return item(family, draft, text, spans, id);
    if (count <= required) throw tooFewTokens(family, tokens, tokens + 1);
  }
}

const total = (passages: readonly Sized[]): number => passages.reduce((sum, { tokens }) => sum + tokens, 0);

const fits = (text: string, limit: number, countTokens: CountTokens): boolean => countTokens(text) <= limit;

/** Each evidence passage comes where `depth` of the other passages' tokens, to the nearest passage, went before it. */
function place(
  evidence: readonly Sized[],
  others: readonly Sized[],
  depths: readonly number[],
  turn: readonly number[],
): Passage[] {
  const length = total(others);
  const waiting = [...turn].sort((a, b) => depths[a] - depths[b]);
  const placed: Passage[] = [];
  let before = 0;
  for (const { passage, tokens } of others) {
    while (waiting.length > 0 && depths[waiting[0]] * length <= before + tokens / 2)
      placed.push(evidence[waiting.shift() ?? 0].passage);
    placed.push(passage);
    before += tokens;
  }
  return [...placed, ...waiting.map((i) => evidence[i].passage)];
}

/** The text and, in the order of `evidence`, where its spans came to stand. */
function join(
  opening: string,
  passages: readonly Passage[],
  evidence: readonly Passage[],
): { text: string; spans: Span[] } {
  const starts = new Map<Passage, number>();
  const pieces = [opening];
  let length = opening.length;
  for (const [i, passage] of passages.entries()) {
    const piece = passage.text + (i < passages.length - 1 ? SEPARATOR : '\n');
    starts.set(passage, length);
    pieces.push(piece);
    length += piece.length;
  }
  const spans = evidence.flatMap((passage) => {
    const start = starts.get(passage) ?? 0;
    return passage.evidence.map((span) => ({ start: start + span.start, end: start + span.end }));
  });
  return { text: pieces.join(''), spans };
}

function item(
  family: SuiteFamily,
  draft: FamilyDraft,
  text: string,
  evidence: Span[],
  id: string,
): FamilyItem {
  const document: LongDocument = { id, title: draft.title, text, source: 'generated' };
  const question: Question = {
    id: `${id}:q`,
    documentId: id,
    family,
    ...draft.question,
    window: { start: 0, end: text.length },
    evidence,
  };
  return { document, question };
}

function tooFewTokens(family: SuiteFamily, tokens: number, needed: number): TaskError {
  return new TaskError(
    'family.too_few_tokens',
    `A ${family} item does not fit into ${tokens} tokens; this one needs about ${needed}.`,
    'Raise the length, or lower the number of hops, links or chains.',
  );
}

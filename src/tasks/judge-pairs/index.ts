/**
 * @file Pairs of answers for a judge, made up: a group is named by (seed, part, index) and always the same.
 *
 * Every group has about as many answers that mean the same as the gold one as such that do not. Some answers stand in a
 * sentence, whatever their kind.
 */
import { MONTHS } from '../names';
import { Random } from '../random';
import { date } from './dates';
import { entity, list, order, SAYINGS, trap, yesNo } from './entities';
import { asserted, KEEPING_FRAMES, restated, TURNING_FRAMES } from './frames';
import { number, quantity, scale, UNITS } from './numbers';
import { acronym, CALLINGS, person } from './people';
import { alias, synonym } from './phrases';
import { QUESTIONS } from './questions';
import { MEANINGS } from './thesaurus';
import type { JudgePair, PairDraft, PairDraw, PairGroup, PairKind, PairPart } from './types';

export type { JudgePair, PairGroup, PairKind, PairPart } from './types';

/** How often each kind is drawn. */
const KINDS: readonly { kind: PairKind; share: number; draft(draw: PairDraw): PairDraft }[] = [
  { kind: 'entity', share: 14, draft: entity },
  { kind: 'number', share: 8, draft: number },
  { kind: 'quantity', share: 9, draft: quantity },
  { kind: 'scale', share: 4, draft: scale },
  { kind: 'date', share: 8, draft: date },
  { kind: 'person', share: 11, draft: person },
  { kind: 'acronym', share: 10, draft: acronym },
  { kind: 'alias', share: 7, draft: alias },
  { kind: 'list', share: 7, draft: list },
  { kind: 'order', share: 9, draft: order },
  { kind: 'synonym', share: 10, draft: synonym },
  { kind: 'yes-no', share: 7, draft: yesNo },
  { kind: 'trap', share: 9, draft: trap },
];

export const PAIR_KINDS: readonly PairKind[] = KINDS.map(({ kind }) => kind);

/** Kinds whose words are the same in every part and stand in the thesaurus: a figure on them says nothing of other words. */
export const TAUGHT_KINDS: ReadonlySet<PairKind> = new Set(['alias', 'synonym']);

/** Whatever answers and questions of the training part say beside names, things and numbers. */
export const KNOWN_TEXTS: readonly string[] = [
  ...[...KEEPING_FRAMES, ...TURNING_FRAMES, ...QUESTIONS, ...SAYINGS].map((template) =>
    template.replace(/\{\w+\}/g, ' '),
  ),
  ...CALLINGS,
  ...UNITS.flatMap(({ names }) => names.replaceAll('^', '').split(',')),
  ...MONTHS,
  'AD',
  ...MEANINGS.flat(),
];

const partNumber: Readonly<Record<PairPart, number>> = { train: 1, validation: 2, 'held-out': 3 };

/** Kinds in whose answers sentences of another kind would change what is asked. */
const bare: ReadonlySet<PairKind> = new Set(['yes-no', 'trap', 'order']);

/**
 * The group at an index.
 * @param size answers at most.
 * @param kind drawn by share where omitted.
 */
export function pairGroup(part: PairPart, seed: number, index: number, size = 8, kind?: PairKind): PairGroup {
  const random = new Random(seed, 4711, partNumber[part], index);
  const draw: PairDraw = { random, part };
  const drawn = (KINDS.find((entry) => entry.kind === kind) ?? drawKind(random)).draft(draw);
  const half = Math.floor(size / 2);
  const dress = (answer: string) => {
    if (bare.has(drawn.kind) || random.chance(0.67)) return answer;
    return random.chance(0.25) ? restated(draw, drawn.question, answer) : asserted(draw, answer);
  };
  const gold = !bare.has(drawn.kind) && random.chance(0.1) ? asserted(draw, drawn.gold) : drawn.gold;
  const pick = (answers: readonly string[], same: boolean): JudgePair[] =>
    random
      .sample([...new Set(answers)], half)
      .map((answer) => ({ prediction: dress(answer), same, kind: drawn.kind }));
  return {
    question: drawn.question,
    gold,
    pairs: random.shuffle([...pick(drawn.same, true), ...pick(drawn.different, false)]),
  };
}

function drawKind(random: Random): (typeof KINDS)[number] {
  const total = KINDS.reduce((sum, { share }) => sum + share, 0);
  let left = random.float() * total;
  for (const entry of KINDS) {
    left -= entry.share;
    if (left < 0) return entry;
  }
  return KINDS[0];
}

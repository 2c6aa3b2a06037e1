/** @file What the groups at hand say of the data: families, prompt lengths, examples. Pure. */
import type { GroupView } from '../../../workers/protocol';
import type { Dataset } from '../../tasks/types';
import { isOfDocument } from '../state/groups';

export interface FamilyRow {
  family: string;
  groups: number;
  /** Share of answers that were right; null where none were asked. */
  accuracy: number | null;
}

/** The families that are asked: a data set's own take the place of those made from a text. */
export function askedFamilies(families: readonly string[], dataset: Dataset | undefined): string[] {
  if (!dataset || !families.some(isOfDocument)) return [...families];
  const given = new Set(dataset.questions.map(({ family }) => family));
  return [...given, ...families.filter((family) => !isOfDocument(family))];
}

/** Families of the run's settings and of the groups, in the settings' order. */
export function familyRows(families: readonly string[], groups: readonly GroupView[]): FamilyRow[] {
  const all = [...new Set([...families, ...groups.map(({ family }) => family)])];
  return all.map((family) => {
    const own = groups.filter((group) => group.family === family);
    const answers = own.flatMap((group) => group.answers);
    const right = answers.filter(({ score }) => score.correct).length;
    return { family, groups: own.length, accuracy: answers.length > 0 ? right / answers.length : null };
  });
}

/** How the row of an asked question gets to its answer; null where the question is none of the data set, or has the answer alone. */
export function rowReasoning(
  dataset: Dataset | undefined,
  { family, question, window }: Pick<GroupView, 'family' | 'question' | 'window'>,
): string | null {
  const row = dataset?.questions.find(
    (given) => given.family === family && given.text === question && given.window.start === window.start,
  );
  return row?.reasoning ?? null;
}

export interface LengthBar {
  /** from ≤ tokens < to, the last bar's end included. */
  from: number;
  to: number;
  count: number;
}

/** A histogram of prompt lengths in `bars` equal bars over [0, max]. */
export function lengthBars(groups: readonly GroupView[], max: number, bars = 32): LengthBar[] {
  const width = max / bars;
  const counts = new Array<number>(bars).fill(0);
  for (const { promptTokens } of groups)
    counts[Math.min(bars - 1, Math.max(0, Math.floor(promptTokens / width)))]++;
  return counts.map((count, i) => ({ from: i * width, to: (i + 1) * width, count }));
}

/** The newest different questions of each family, `each` at most. */
export function examples(groups: readonly GroupView[], each = 3): GroupView[] {
  const taken = new Map<string, Set<string>>();
  return groups.filter(({ family, question }) => {
    const own = taken.get(family) ?? new Set();
    taken.set(family, own);
    if (own.size >= each || own.has(question)) return false;
    own.add(question);
    return true;
  });
}

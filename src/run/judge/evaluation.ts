/** @file How well a judge judges: accuracy, false accepts and false rejects, by kind, at a threshold. */
import type { Judge } from '../../reward/types';
import { PAIR_KINDS, type PairKind, type PairPart, pairGroup } from '../../tasks/judge-pairs';

/** A pair with its truth and what the judge thinks. */
export interface JudgedPair {
  kind: string;
  question: string;
  prediction: string;
  gold: string;
  same: boolean;
  probability: number;
}

export interface Confusion {
  /** Same and accepted, same and rejected, different and accepted, different and rejected. */
  trueAccepts: number;
  falseRejects: number;
  falseAccepts: number;
  trueRejects: number;
}

type UnjudgedPair = Omit<JudgedPair, 'probability'>;

/** Groups of generated pairs, equally many of every kind. */
export function generatedPairs(
  part: PairPart,
  seed: number,
  groupsPerKind: number,
  kinds: readonly PairKind[] = PAIR_KINDS,
): UnjudgedPair[] {
  return kinds.flatMap((kind, k) =>
    Array.from({ length: groupsPerKind }, (_, i) =>
      pairGroup(part, seed, k * 1_000_000 + i, 8, kind),
    ).flatMap(({ question, gold, pairs }) =>
      pairs.map(({ prediction, same }) => ({ kind, question, gold, prediction, same })),
    ),
  );
}

/** @throws Error where the judge gives no verdict on a pair. */
export async function judgePairs(judge: Judge, pairs: readonly UnjudgedPair[]): Promise<JudgedPair[]> {
  const results = await judge.judge(
    pairs.map(({ question, prediction, gold }) => ({ question, prediction, gold })),
  );
  return pairs.map((pair, i) => {
    const result = results[i];
    if (!result.asked) throw new Error(`the judge gave no verdict: ${result.reason}`);
    return { ...pair, probability: result.probability };
  });
}

export function confusion(pairs: readonly JudgedPair[], threshold: number): Confusion {
  const count = (same: boolean, accepted: boolean) =>
    pairs.filter((pair) => pair.same === same && pair.probability >= threshold === accepted).length;
  return {
    trueAccepts: count(true, true),
    falseRejects: count(true, false),
    falseAccepts: count(false, true),
    trueRejects: count(false, false),
  };
}

const pairCount = (c: Confusion): number => c.trueAccepts + c.falseRejects + c.falseAccepts + c.trueRejects;
export const accuracy = (c: Confusion): number => (c.trueAccepts + c.trueRejects) / pairCount(c);
/** Share of the different pairs that is accepted; 0 where there are none. */
export const falseAcceptRate = (c: Confusion): number =>
  c.falseAccepts / Math.max(1, c.falseAccepts + c.trueRejects);
const falseRejectRate = (c: Confusion): number =>
  c.falseRejects / Math.max(1, c.falseRejects + c.trueAccepts);

/** Confusion by kind, in the order in which kinds appear. */
function byKind(pairs: readonly JudgedPair[], threshold: number): Map<string, Confusion> {
  const kinds = [...new Set(pairs.map(({ kind }) => kind))];
  return new Map(
    kinds.map((kind) => [
      kind,
      confusion(
        pairs.filter((pair) => pair.kind === kind),
        threshold,
      ),
    ]),
  );
}

/** The threshold with the best accuracy among those that accept at most `maxFalseAccepts` of what is different. */
export function chooseThreshold(pairs: readonly JudgedPair[], maxFalseAccepts: number): number {
  let best = { threshold: 1, accuracy: -1 };
  for (let i = 1; i < 200; i++) {
    const threshold = i / 200;
    const found = confusion(pairs, threshold);
    if (falseAcceptRate(found) <= maxFalseAccepts && accuracy(found) > best.accuracy)
      best = { threshold, accuracy: accuracy(found) };
  }
  return best.threshold;
}

/** A table of figures by kind, for a terminal or Markdown. */
export function confusionTable(pairs: readonly JudgedPair[], threshold: number): string {
  const row = (name: string, c: Confusion) =>
    `| ${name} | ${pairCount(c)} | ${accuracy(c).toFixed(3)} | ${falseAcceptRate(c).toFixed(3)} | ${falseRejectRate(c).toFixed(3)} | ${c.trueAccepts} | ${c.falseRejects} | ${c.falseAccepts} | ${c.trueRejects} |`;
  return [
    '| kind | pairs | accuracy | false accepts | false rejects | same: yes | same: no | different: yes | different: no |',
    '|---|---|---|---|---|---|---|---|---|',
    ...[...byKind(pairs, threshold)].map(([kind, c]) => row(kind, c)),
    row('all', confusion(pairs, threshold)),
  ].join('\n');
}

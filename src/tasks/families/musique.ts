/** @file MuSiQue: two to four hops that cannot be skipped, and for every question a twin without an answer. */
import { drawChain, UNANSWERABLE } from './chain';
import { checkWhole } from './dials';
import type { DraftOptions, FamilyDraft } from './types';
import { World } from './world';

export interface MusiqueDials {
  /** 2, 3 or 4; drawn by default, no more than a short document holds. */
  hops?: number;
  /**
   * Whether the text states every hop. The same seed and index with `true` and `false` are twins: the same question,
   * and documents that differ in one statement (and in the last fillers, where its length differs).
   */
  answerable?: boolean;
}

/** Share of questions without an answer where the dial is not set. */
export const MUSIQUE_UNANSWERABLE = 0.2;

export function musique({ random, tokens, short, distinct }: DraftOptions, dials: MusiqueDials): FamilyDraft {
  checkWhole('hops', dials.hops, 2, 4);
  const drawnHops = random.between(2, tokens < 384 ? 2 : tokens < 768 ? 3 : 4);
  const drawnAnswerable = !random.chance(MUSIQUE_UNANSWERABLE);
  const { hops = drawnHops, answerable = drawnAnswerable } = dials;
  const world = new World(random, distinct);
  const gap = random.int(hops);
  const chain = drawChain(world, random, { hops, gap, answerable, short, lookAlikes: 2 });
  return {
    title: 'Collected articles',
    question: {
      text: chain.question,
      answers: [chain.answer],
      reasoning: chain.reasoning,
      ...(answerable && { rejected: [UNANSWERABLE] }),
    },
    evidence: chain.evidence,
    nearMisses: chain.nearMisses,
    requiredNearMisses: 2,
    filler: () => world.filler(),
  };
}

/** @file HotpotQA: two articles joined by a bridge, among look-alikes of both. */
import { drawChain } from './chain';
import { checkWhole } from './dials';
import type { DraftOptions, FamilyDraft } from './types';
import { World } from './world';

export interface HotpotDials {
  /** Look-alikes of each of the two subjects, 1 to 8; as many as fit come in, at least one of each. Default 2. */
  lookAlikes?: number;
}

export function hotpot(
  { random, short, distinct }: DraftOptions,
  { lookAlikes = 2 }: HotpotDials,
): FamilyDraft {
  checkWhole('lookAlikes', lookAlikes, 1, 8);
  const world = new World(random, distinct);
  const chain = drawChain(world, random, { hops: 2, short, lookAlikes });
  return {
    title: 'Collected articles',
    question: { text: chain.question, answers: [chain.answer], reasoning: chain.reasoning },
    evidence: chain.evidence,
    nearMisses: chain.nearMisses,
    requiredNearMisses: 2,
    filler: () => world.filler(),
  };
}

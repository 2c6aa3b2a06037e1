/** @file The generated families as evaluation suites: held-out items whose document is made for their question. */
import { cellSeed } from '../evaluation/suites';
import type { EvaluationSuite } from '../evaluation/types';
import type { PolicyTokenizer } from '../policy/tokenizer';
import { type FamilyLevel, LEVEL_DIALS, SUITE_FAMILIES } from '../tasks/families';
import { familyItem } from './family-source';

/** One suite a family: the seven benchmark shapes and KeyChain. */
export function familySuites(
  tokenizer: PolicyTokenizer,
  seed: number,
  level: FamilyLevel = 'full',
): EvaluationSuite[] {
  return SUITE_FAMILIES.map((family) => ({
    name: family,
    item: (cell, index) =>
      familyItem(
        tokenizer,
        { family, tokens: cell.bucket, depth: cell.depth ?? undefined, index },
        { seed: cellSeed(seed, cell), part: 'held-out', dials: LEVEL_DIALS[level] },
      ),
  }));
}

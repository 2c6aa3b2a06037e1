/** @file The seven benchmark-like families and KeyChain behind one function. */
import { TaskError } from '../errors';
import { Random } from '../random';
import type { SuiteFamily } from '../types';
import { assemble } from './assemble';
import { type CommonDials, SHORT_TOKENS } from './dials';
import { type DocmathDials, docmath } from './docmath';
import { type FramesDials, frames } from './frames';
import { type HotpotDials, hotpot } from './hotpot';
import { type KeychainDials, keychain } from './keychain';
import { type MusiqueDials, musique } from './musique';
import { type NarrativeDials, narrative } from './narrative';
import { type QasperDials, qasper } from './qasper';
import { type TwoWikiDials, twoWiki } from './two-wiki';
import type { DraftOptions, FamilyDraft, FamilyItem, FamilyOptions } from './types';

/** What can be set about each family's questions; everything is drawn or follows the length by default. */
export interface FamilyDials {
  docmath: DocmathDials & CommonDials;
  frames: FramesDials & CommonDials;
  '2wiki': TwoWikiDials & CommonDials;
  hotpot: HotpotDials & CommonDials;
  musique: MusiqueDials & CommonDials;
  narrative: NarrativeDials & CommonDials;
  qasper: QasperDials & CommonDials;
  keychain: KeychainDials & CommonDials;
}

/** What `task.level` offers: every question its family has, or the plain ones only. */
export type FamilyLevel = 'full' | 'plain';

const only: CommonDials = { short: true, distinct: true };

/**
 * Dials of a level, for policies that are too small for the rest: one number instead of arithmetic, no unanswerable
 * twin, two hops, two constraints, the form with the shortest answer, and at every length passages that say one thing
 * about things whose names are not alike.
 */
export const LEVEL_DIALS: Readonly<Record<FamilyLevel, Partial<FamilyDials>>> = {
  full: {},
  plain: {
    docmath: { ...only, numbers: 1 },
    frames: { ...only, constraints: 2 },
    '2wiki': { ...only, form: 'compose' },
    hotpot: { ...only, lookAlikes: 1 },
    musique: { ...only, hops: 2, answerable: true },
    narrative: { ...only, form: 'deed' },
    qasper: { ...only, form: 'extractive', answerable: true },
    keychain: { ...only, hops: 1 },
  },
};

const MAKERS: { [F in SuiteFamily]: (options: DraftOptions, dials: FamilyDials[F]) => FamilyDraft } = {
  docmath,
  frames,
  '2wiki': twoWiki,
  hotpot,
  musique,
  narrative,
  qasper,
  keychain,
};

/** The seven families of the paper's benchmarks, in the paper's order; their macro average is the evaluation's score. */
export const BENCHMARK_FAMILIES: readonly SuiteFamily[] = [
  'docmath',
  'frames',
  '2wiki',
  'hotpot',
  'musique',
  'narrative',
  'qasper',
];
export const SUITE_FAMILIES: readonly SuiteFamily[] = [...BENCHMARK_FAMILIES, 'keychain'];

/** Every family fits into this with its default dials; an unlucky draw of long names may need a few more. */
export const MIN_TOKENS = 240;
export const MAX_TOKENS = 65_536;

/**
 * Item `index` of a family's endless sequence; pure in its arguments. Depth moves the evidence and changes nothing else.
 * @throws TaskError `family.invalid_options`, or `family.too_few_tokens` where the dials ask for more than fits.
 */
export function makeFamilyItem<F extends SuiteFamily>(
  family: F,
  options: FamilyOptions,
  dials: FamilyDials[F] = {},
): FamilyItem {
  const { seed, index = 0, tokens, depth } = options;
  if (!Number.isInteger(tokens) || tokens < MIN_TOKENS || tokens > MAX_TOKENS)
    throw new TaskError(
      'family.invalid_options',
      `An item of ${tokens} tokens is not possible.`,
      `Choose a whole number from ${MIN_TOKENS} to ${MAX_TOKENS}.`,
    );
  if (depth !== undefined && !(depth >= 0 && depth <= 1))
    throw new TaskError('family.invalid_options', `Depth ${depth} is not possible.`, 'Choose 0 to 1.');
  const code = SUITE_FAMILIES.indexOf(family);
  const { short = tokens < SHORT_TOKENS, distinct = false } = dials;
  const draft = MAKERS[family]({ random: new Random(seed, code, index, 1), tokens, short, distinct }, dials);
  return assemble(family, draft, new Random(seed, code, index, 2), options);
}

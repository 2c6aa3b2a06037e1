/**
 * @file What each family gives to somebody who has not read the document: the expected strict rule score of the best
 * fixed strategy under default dials. A score shows reading only where it lies above this.
 */
import type { SuiteFamily } from '../types';
import { DOCMATH_LARGEST } from './docmath';
import { MUSIQUE_UNANSWERABLE } from './musique';
import { THINGS } from './paraphrases';
import { QASPER_UNANSWERABLE, QASPER_YES_NO } from './qasper';
import { TWO_WIKI_CLOSED } from './two-wiki';

/** The rule takes one of two words for a name, and there are one hundred given names. */
const PERSON = 1 / 100;
/** Of some 430 towns the rule lets an answer list eight. */
const NAME = 8 / 430;

export const CHANCE: Readonly<Record<SuiteFamily, number>> = {
  // The rarest calculation still has this many results, all equally likely.
  docmath: 1 / (DOCMATH_LARGEST - 5),
  frames: PERSON,
  // Either of two, or yes or no; else a name.
  '2wiki': TWO_WIKI_CLOSED / 2 + (1 - TWO_WIKI_CLOSED) * NAME,
  hotpot: NAME,
  musique: MUSIQUE_UNANSWERABLE,
  // The rule takes half of an answer for the whole.
  narrative: 1 / THINGS.length,
  qasper: QASPER_YES_NO / 3 + (1 - QASPER_YES_NO) * QASPER_UNANSWERABLE,
  keychain: NAME,
};

/**
 * @file How the chosen families share a sequence of items: all families asked of the document have one place together in
 * each turn, since the document decides which of them it has material for; families with documents of their own have one
 * each.
 */
import { SUITE_FAMILIES } from '../tasks/families';
import type { DocumentFamily, Family, SuiteFamily } from '../tasks/types';

export interface FamilyMix {
  document: DocumentFamily[];
  suites: SuiteFamily[];
  /** Places of a turn. */
  places: number;
}

export function familyMix(families: readonly Family[]): FamilyMix {
  const suites = SUITE_FAMILIES.filter((family) => families.includes(family));
  const document = families.filter(isDocumentFamily);
  return { document, suites, places: suites.length + (document.length > 0 ? 1 : 0) };
}

/** Where item `index` of the mix comes from, and which item it is there. */
export function slotOf(
  { document, suites, places }: FamilyMix,
  index: number,
): { kind: 'document' | 'family'; index: number } {
  const turn = Math.floor(index / places);
  const place = index % places;
  if (document.length === 0) return { kind: 'family', index };
  if (place === 0) return { kind: 'document', index: turn };
  return { kind: 'family', index: turn * suites.length + place - 1 };
}

function isDocumentFamily(family: Family): family is DocumentFamily {
  return !(SUITE_FAMILIES as readonly Family[]).includes(family);
}

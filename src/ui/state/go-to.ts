/** @file `g` and a letter: to a view of the Lab, from either level. */
import { showCompare } from './compare';
import { type LabView, labViews } from './link';
import { navigate } from './link-sync';
import { getView } from './view';

/** The letter of each view after `g`; `v` opens the comparison. */
export const goKeys: Readonly<Record<LabView, string>> = {
  overview: 'o',
  rollouts: 'r',
  document: 'd',
  curriculum: 'c',
  objective: 'b',
  eval: 'e',
  behaviours: 'h',
  data: 'a',
  ablate: 'l',
  system: 's',
  export: 'x',
};

/** A `g` is forgotten after so long. */
const prefixMs = 1500;
let prefixedAt = Number.NEGATIVE_INFINITY;

/**
 * Whether a key is `g`, or the letter after it.
 * @param at when it was pressed, ms on any clock.
 */
export function takesGoKey(key: string, at: number): boolean {
  const isSecond = at - prefixedAt < prefixMs;
  prefixedAt = key === 'g' && !isSecond ? at : Number.NEGATIVE_INFINITY;
  if (!isSecond) return key === 'g';
  const { hidden, level } = getView();
  if (key === 'v' && !hidden.includes('compare')) {
    void showCompare();
    return true;
  }
  const view = labViews.find((name) => goKeys[name] === key && !hidden.includes(name));
  // Where a link has taken the switch of levels away, Play stays Play.
  if (!view || (level === 'play' && hidden.includes('level'))) return false;
  navigate({ level: 'lab', view });
  return true;
}

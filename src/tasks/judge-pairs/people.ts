/** @file People under the forms of their names, organisations under their initials. */
import { what, who } from './questions';
import type { PairDraft, PairDraw } from './types';
import { another, family, given, noun, place, trade, until, words } from './words';

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const TITLES = words('Mr. Mrs. Dr. Captain Professor Sir Mr Dr');
const RELATIVES = words('brother wife son father friend daughter mother sister');
export const CALLINGS: readonly string[] = [...TITLES, ...RELATIVES, "'s"];

export function person(draw: PairDraw): PairDraft {
  const { random } = draw;
  const [first, last] = [given(draw), family(draw)];
  const middle = another(() => given(draw), first);
  const [i, m] = [first.charAt(0), middle.charAt(0)];
  const hasMiddle = random.chance(0.4);
  const forms = hasMiddle
    ? [`${first} ${middle} ${last}`, `${first} ${m}. ${last}`, `${i}. ${m}. ${last}`, `${i}.${m}. ${last}`]
    : [`${first} ${last}`, `${i}. ${last}`, `${i} ${last}`, `${last}, ${first}`];
  const title = random.pick(TITLES);
  const plain = random.chance(0.7) ? forms[0] : random.pick(forms);
  const gold = random.chance(0.15) ? `${title} ${plain}` : plain;
  // Behind an initial, every name with that letter may stand.
  const differs = (name: string) => gold.includes(first) || name.charAt(0) !== i;
  const otherFirst = until(() => another(() => given(draw), first, middle), differs);
  const otherLast = another(() => family(draw), last);
  const otherInitial = String.fromCharCode(
    65 + ((i.toUpperCase().charCodeAt(0) - 65 + random.between(1, 25)) % 26),
  );
  const relative = random.pick(RELATIVES);
  return {
    kind: 'person',
    question: who(draw),
    gold,
    same: [
      ...forms,
      `${first} ${last}`,
      `${title} ${last}`,
      `${title} ${first} ${last}`,
      `${last}, ${first}`,
      random.pick([last, `${first} ${last}`]),
      `${first} ${last} of ${place(draw)}`,
    ],
    different: [
      `${otherFirst} ${last}`,
      `${first} ${otherLast}`,
      `${otherInitial}. ${last}`,
      `${i}. ${otherLast}`,
      `${otherFirst} ${otherLast}`,
      random.pick([`the ${relative} of ${first} ${last}`, `${last}'s ${relative}`, `${first}'s ${relative}`]),
      random.pick([`${first} ${last}'s ${trade(draw)}`, `the ${trade(draw)} of ${last}`]),
      `${first} ${last}${random.pick(['son', 'er', 'man', 'ley'])}`,
      random.pick([otherLast, otherFirst, `${title} ${otherLast}`]),
    ],
  };
}

/** An organisation and the first letters of its name. */
export function acronym(draw: PairDraw): PairDraft {
  const { random } = draw;
  const parts = Array.from({ length: random.between(3, 4) }, (_, i) =>
    i === 0 && random.chance(0.3) ? place(draw) : capital(noun(draw)),
  );
  const name = (of: readonly string[]) =>
    random.chance(0.4) ? `${of.slice(0, -1).join(' ')} of ${of[of.length - 1]}` : of.join(' ');
  const letters = (of: readonly string[]) => of.map((word) => word.charAt(0).toUpperCase());
  const at = random.int(parts.length);
  const otherWord = until(
    () => capital(noun(draw)),
    (word) => word.charAt(0).toUpperCase() !== parts[at].charAt(0).toUpperCase(),
  );
  const wrong = parts.map((word, i) => (i === at ? otherWord : word));
  const initials = letters(parts);
  const changed = [...initials];
  changed[at] = String.fromCharCode(65 + ((changed[at].charCodeAt(0) - 65 + random.between(1, 25)) % 26));
  const forms = [name(parts), `the ${name(parts)}`, initials.join(''), `${initials.join('.')}.`];
  const swapped = [...initials.slice(1), initials[0]].join('');
  return {
    kind: 'acronym',
    question: what(draw),
    gold: random.pick(forms),
    same: [...forms, `the ${initials.join('')}`, `${name(parts)} (${initials.join('')})`],
    different: [
      changed.join(''),
      name(wrong),
      `${changed.join('.')}.`,
      initials.slice(0, -1).join(''),
      ...(swapped === initials.join('') ? [] : [swapped]),
      `the ${name(wrong)}`,
    ],
  };
}

/** @file Words by part: names, things and places that one part has and the others have not. */
import { ADJECTIVES, ADVERBS, inflections, NOUNS, VERBS } from '../lexicon';
import { GIVEN_NAMES, GOODS, OBJECTS, surname, TRADES, town } from '../names';
import type { Random } from '../random';
import type { PairDraw, PairPart } from './types';

export const words = (list: string): readonly string[] => list.trim().split(/\s+/);
export const lines = (list: string): readonly string[] =>
  list
    .trim()
    .split('\n')
    .map((line) => line.trim());

/** Three fifths of everything are for training. */
const partOf = (index: number): PairPart =>
  index % 5 < 3 ? 'train' : index % 5 === 3 ? 'validation' : 'held-out';

/** The entries of a list that belong to a part. */
export function share<T>(items: readonly T[], part: PairPart): T[] {
  return items.filter((_, i) => partOf(i) === part);
}

/** The part of a made-up word. */
export function partOfWord(word: string): PairPart {
  let hash = 7;
  for (const character of word.toLowerCase())
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return partOf(hash);
}

/** A word of the part, drawn until one is found. */
function ofPart({ part }: PairDraw, draw: () => string): string {
  return until(draw, (word) => partOfWord(word) === part && !LISTED.has(word));
}

/** Names that no list before has, so that each belongs to one part. */
const fresh = (names: readonly string[], ...lists: readonly (readonly string[])[]): readonly string[] =>
  names.filter((name) => !lists.some((list) => list.includes(name)));

const SURNAMES = fresh(
  words(`
  Smith Garcia Johnson Müller Brown Rossi Tanaka Williams Novak Jones Silva Miller Kowalski Davis Martin Wilson Ivanov
  Anderson Nguyen Taylor Schmidt Thomas Moore Dubois Jackson Haddad White Harris Suzuki Thompson Robinson Clark Okafor
  Lewis Lee Walker Larsson Hall Allen Petrov Young King Moreau Wright Scott Hansen Green Baker Chen Adams Nelson Fischer
  Hill Campbell Mitchell Roberts Costa Carter Phillips Evans Kim Turner Parker Weber Collins Edwards Sato Stewart Morris
  Bianchi Rogers Reed Cook Yamamoto Morgan Bell Murphy O'Brien Bailey Cooper Richardson Cox Jensen Howard Ward`),
  GIVEN_NAMES,
);

const PLACES = fresh(
  words(`
  London Paris Berlin Madrid Rome Vienna Oslo Lisbon Dublin Prague Warsaw Athens Cairo Tokyo Delhi Beijing Seoul Moscow
  Boston Chicago Houston Denver Seattle Toronto Montreal Sydney Melbourne Lima Bogota Havana Nairobi Lagos Dakar Tunis
  Istanbul Ankara Baghdad Tehran Karachi Mumbai Bangkok Hanoi Manila Jakarta Osaka Kyoto Lyon Marseille Milan Naples
  Venice Florence Munich Hamburg Cologne Geneva Zurich Bern Brussels Antwerp Amsterdam Rotterdam Stockholm Helsinki
  Copenhagen Edinburgh Glasgow Cardiff Bristol Oxford Cambridge Leeds York Chester Bath Riga Vilnius Kiev Budapest
  France Germany Spain Italy Austria Norway Portugal Ireland Poland Greece Egypt Japan India China Korea Russia Canada
  Australia Peru Colombia Cuba Kenya Nigeria Senegal Turkey Iraq Iran Pakistan Thailand Vietnam Indonesia Sweden Finland
  Denmark Scotland Wales Latvia Hungary Brazil Chile Mexico Bolivia Morocco Ghana Nepal Belgium Iceland Croatia`),
  GIVEN_NAMES,
  SURNAMES,
);
const LISTED = new Set([...GIVEN_NAMES, ...SURNAMES, ...PLACES]);

const ONSETS = words('b br c ch d dr f g gr h j k kr l m n p pr r s st t tr v w z');
const VOWELS = words('a e i o u a e i o ia ei ou');
const CODAS = words('n r l s m t nd rk ck n r l');

/** A name nobody has: two or three syllables. */
function invented(random: Random): string {
  let name = '';
  for (let i = random.between(1, 2); i > 0; i--) name += random.pick(ONSETS) + random.pick(VOWELS);
  name += random.pick(ONSETS) + random.pick(VOWELS) + (random.chance(0.6) ? random.pick(CODAS) : '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function given(draw: PairDraw): string {
  const { random, part } = draw;
  return random.chance(0.7) ? random.pick(share(GIVEN_NAMES, part)) : ofPart(draw, () => invented(random));
}

export function family(draw: PairDraw): string {
  const { random, part } = draw;
  return random.chance(0.4)
    ? random.pick(share(SURNAMES, part))
    : ofPart(draw, () => (random.chance(0.5) ? surname(random) : invented(random)));
}

export function place(draw: PairDraw): string {
  const { random, part } = draw;
  return random.chance(0.4)
    ? random.pick(share(PLACES, part))
    : ofPart(draw, () => (random.chance(0.5) ? town(random) : invented(random)));
}

export const noun = ({ random, part }: PairDraw): string => random.pick(share(NOUNS, part));
export const adjective = ({ random, part }: PairDraw): string => random.pick(share(ADJECTIVES, part));
export const adverb = ({ random, part }: PairDraw): string => random.pick(share(ADVERBS, part));
export const verb = ({ random, part }: PairDraw): string => random.pick(share(VERBS, part));
/** A regular verb in its past. */
export const past = (draw: PairDraw): string => inflections(verb(draw))[2];
export const trade = ({ random, part }: PairDraw): string => random.pick(share(TRADES, part));

/** A thing: an object, with an adjective or a noun before it now and then. */
export function thing(draw: PairDraw): string {
  const { random, part } = draw;
  const core = random.chance(0.5) ? random.pick(share([...OBJECTS, ...GOODS], part)) : noun(draw);
  return random.chance(0.3) ? core : `${random.chance(0.7) ? adjective(draw) : noun(draw)} ${core}`;
}

/** Draws until one suits. */
export function until<T>(draw: () => T, suits: (drawn: T) => boolean): T {
  for (;;) {
    const drawn = draw();
    if (suits(drawn)) return drawn;
  }
}

/** Another draw than these. */
export function another(draw: () => string, ...taken: readonly string[]): string {
  const known = new Set(taken.map((word) => word.toLowerCase()));
  return until(draw, (word) => !known.has(word.toLowerCase()));
}

/** Templates: the list by part, with `train` having the most. */
export type Templates = Readonly<Record<PairPart, readonly string[]>>;

/** A template filled: `{x}`, `{y}`, `{z}` and so on by name. */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

/**
 * @file Names of people, places and things.
 *
 * Surnames and towns are built from a stem and an ending: hundreds of names from few pieces, and every name has
 * look-alikes that share its first or its last half.
 */
import type { Random } from './random';

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

export const GIVEN_NAMES = words(`
  Mira Tom Anna Peter Ruth Simon Clara Hugh Edith Martin Alice Walter Emma Oscar Nora Felix Julia Conrad Helen Arthur
  Laura Victor Agnes Robert Lucy Henry Ida Paul Greta Ralph Vera Otto Irene Daniel Rosa Adam Flora Jacob Stella Luke
  Marta Gilbert Olive Samuel Hanna Leo Iris Philip Elsa Roland Nina Albert Grace David Maud Edgar Sylvia Karl Joan Ivan
  Beth Oliver Thea Marcus Lydia Stephen Cora Bruno Tess Nathan Alma Frank Petra Owen Zelda Hector Dora Julian Ada Rufus
  Lena Theo Celia Ernest Molly Boris Edna Cyril Pearl Amos Selma Dirk Wanda Silas Hilda Noah Rita Emil Fiona Jonas`);

const SURNAME_STEMS = words(`
  Ash Black Brook Castle Dal Elm Fair Gold Hart Holt Kirk Lang Marsh Nor Oak Penn Rad Sand Thorn Under West Wood Bar
  Cald Ell Fen Gran Hal Lock Mil Red Stan Wal Whit`);
const SURNAME_ENDINGS = words('ford well man worth ley field by more ton wick er');

const TOWN_STEMS = words(`
  Dun Ald Bran Car Col Dar East Glen Green High Inver Kings Lan Lin Long Mar New North Port Rav Ross Sal Scar South
  Stone Strat Tar Wind Win Wyn`);
const TOWN_ENDINGS = words(
  'more dale burg haven port mouth bridge hill stead ham gate moor wold minster ness',
);

export const OBJECTS = words(`
  lantern violin compass mirror ladder hammer kettle basket telescope anchor saddle trumpet globe candle ribbon shovel
  clock ring key map knife coat letter book drum bell rope hat box sword cup chain lamp flute chest mask glove pipe
  crown scarf bottle camera medal locket wallet umbrella tapestry statue`);

export const GOODS = words(`
  salt wool wine grain iron copper silk honey timber wax pepper linen oil cheese leather rice tea coffee sugar glass
  paper coal silver amber cotton barley hops tar furs spice`);

export const TRADES = words(`
  baker smith weaver miller tailor carpenter mason clerk doctor pilot sailor painter teacher printer farmer shepherd
  cook fisher guard scribe merchant porter gardener brewer`);

export const SUBJECTS = words(`
  history music geometry botany grammar astronomy drawing chemistry logic physics geography rhetoric Latin Greek
  medicine poetry law algebra anatomy optics`);

export const COLOURS = words('red blue green white black grey yellow brown purple golden silver scarlet');

export const MONTHS = words(
  'January February March April May June July August September October November December',
);

export const SHIP_WORDS = words(`
  Swallow Falcon Comet Heron Dolphin Lily Raven Triton Aurora Phoenix Juno Orion Pelican Sparrow Venture Fortune Hope
  Mermaid Otter Kestrel Meteor Zephyr Mistral Halcyon`);

export const surname = (random: Random): string => random.pick(SURNAME_STEMS) + random.pick(SURNAME_ENDINGS);

export const town = (random: Random): string => random.pick(TOWN_STEMS) + random.pick(TOWN_ENDINGS);

/** How people are called: by a given name alone, or by given name and surname. */
export type Naming = 'given' | 'full';

/** `count` different people. Given names alone run out at about one hundred, then surnames are added. */
export function people(random: Random, count: number, naming: Naming): string[] {
  const given = random.shuffle(GIVEN_NAMES);
  if (naming === 'given' && count <= given.length) return given.slice(0, count);
  const taken = new Set<string>();
  while (taken.size < count) taken.add(`${random.pick(GIVEN_NAMES)} ${surname(random)}`);
  return [...taken];
}

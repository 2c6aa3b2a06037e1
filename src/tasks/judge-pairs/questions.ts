/** @file Questions that the answers to judge belong to. */
import type { PairDraw } from './types';
import { family, fillIn, given, lines, noun, place, type Templates, trade } from './words';

const WHO: Templates = {
  train: lines(`
    Who found the {n}?
    Who was the {t} of {p}?
    Which person sold the {n} to {g}?
    Who wrote about the {n}?
    What is the name of the {t}?`),
  validation: lines(`
    By whom was the {n} made?
    Who came with {g}?`),
  'held-out': lines(`
    Who took the {n} from {g}?
    The {n} was made by which {t}?
    Name the {t} who lived in {p}.`),
};

const WHERE: Templates = {
  train: lines(`
    Where was the {n} found?
    In which town did {g} live?
    Where did {g} {f} go?
    Which place is named in the text?`),
  validation: lines(`
    Where is the {n} now?
    To which city did {g} move?`),
  'held-out': lines(`
    From where did {g} come?
    In what place was the {n} made?
    Which town sold the {n}?`),
};

const WHAT: Templates = {
  train: lines(`
    What did {g} buy?
    What was in the {n}?
    Which thing did {g} {f} lose?
    What does the {t} need?`),
  validation: lines(`
    What is sold in {p}?
    What did the {t} see?`),
  'held-out': lines(`
    What was found in {p}?
    Which thing did the {t} make?
    What did {g} take to {p}?`),
};

const HOW_MANY: Templates = {
  train: lines(`
    How many {u} did {g} count?
    How many {u} are in {p}?
    What is the number of {u}?
    How many {u} does the {t} need?`),
  validation: lines(`
    How many {u} were found?`),
  'held-out': lines(`
    How many {u} did the {t} see in {p}?
    What number of {u} is named?`),
};

const HOW_MUCH: Templates = {
  train: lines(`
    How large is the {n}?
    What does the text say of the {n}?
    How much did {g} need?
    What was measured in {p}?`),
  validation: lines(`
    How much of it was there?`),
  'held-out': lines(`
    How much did the {t} use?
    What was the measure of the {n}?`),
};

const WHEN: Templates = {
  train: lines(`
    When was the {n} found?
    On what date did {g} leave?
    When did {g} {f} come to {p}?
    What is the date of the {n}?`),
  validation: lines(`
    When did the {t} die?`),
  'held-out': lines(`
    When was {g} born?
    On which date was the {n} made in {p}?`),
};

const WHETHER: Templates = {
  train: lines(`
    Did {g} find the {n}?
    Is the {n} in {p}?
    Was {g} a {t}?
    Does the {t} need the {n}?`),
  validation: lines(`
    Was the {n} sold?`),
  'held-out': lines(`
    Did the {t} go to {p}?
    Is {g} the {t} of {p}?`),
};

export const QUESTIONS: readonly string[] = [WHO, WHERE, WHAT, HOW_MANY, HOW_MUCH, WHEN, WHETHER].flatMap(
  ({ train }) => train,
);

const ask =
  (templates: Templates) =>
  (draw: PairDraw, unit = ''): string =>
    fillIn(draw.random.pick(templates[draw.part]), {
      n: noun(draw),
      t: trade(draw),
      p: place(draw),
      g: given(draw),
      f: family(draw),
      u: unit,
    });

export const who = ask(WHO);
export const where = ask(WHERE);
export const what = ask(WHAT);
export const howMany = ask(HOW_MANY);
export const howMuch = ask(HOW_MUCH);
export const when = ask(WHEN);
export const whether = ask(WHETHER);

/**
 * @file FRAMES: several constraints, each to be looked up in another document. Registers list one property for many
 * people; one person fits all constraints, and for every constraint someone fits all but that one.
 */
import { COLOURS, GIVEN_NAMES, OBJECTS, surname, TRADES, town } from '../names';
import type { Random } from '../random';
import { checkWhole } from './dials';
import { FreshNames } from './fresh-names';
import { idleParagraph, idleSentence, paragraph, type Sentence } from './passage';
import { fill } from './relations';
import type { DraftOptions, FamilyDraft, Passage } from './types';

export interface FramesDials {
  /** 2 to 4 constraints; drawn by default, no more than a short document holds. */
  constraints?: number;
}

interface Property {
  register: string;
  /** States that `{s}` has the value `{o}`. */
  core: string;
  /** The constraint in a question, after `who` or after another constraint. */
  constraint: string;
  draw: (random: Random) => string;
  /** A value that does or does not fit the bound; the bound itself or anything else by default. */
  drawNear?: (random: Random, bound: string, fitting: boolean) => string;
}

const FIRST_YEAR = 1700;
const LAST_YEAR = 1899;
const yearBefore = (random: Random, bound: number): string =>
  String(random.between(Math.max(FIRST_YEAR, bound - 40), bound - 1));

const PROPERTIES: readonly Property[] = [
  {
    register: 'Register of houses',
    core: '{s} lives in {o}',
    constraint: 'lives in {o}',
    draw: town,
  },
  {
    register: 'Register of arrivals',
    core: '{s} comes from {o}',
    constraint: 'comes from {o}',
    draw: town,
  },
  {
    register: 'Register of trades',
    core: '{s} works as a {o}',
    constraint: 'works as a {o}',
    draw: (random) => random.pick(TRADES),
  },
  {
    register: 'Register of goods',
    core: '{s} owns a {o}',
    constraint: 'owns a {o}',
    draw: (random) => `${random.pick(COLOURS)} ${random.pick(OBJECTS)}`,
  },
  {
    register: 'Register of births',
    core: '{s} was born in {o}',
    constraint: 'was born before {o}',
    draw: (random) => String(random.between(FIRST_YEAR + 20, LAST_YEAR - 20)),
    drawNear: (random, bound, fitting) =>
      fitting ? yearBefore(random, Number(bound)) : String(random.between(Number(bound), LAST_YEAR)),
  },
];
const BIRTHS = PROPERTIES[4];

interface Constraint {
  property: Property;
  bound: string;
}

/** A person with a value for each constraint. */
interface Candidate {
  name: string;
  values: string[];
}

function drawValue({ property, bound }: Constraint, random: Random, fitting: boolean): string {
  if (property.drawNear) return property.drawNear(random, bound, fitting);
  if (fitting) return bound;
  for (;;) {
    const value = property.draw(random);
    if (value !== bound) return value;
  }
}

export function frames({ random, tokens, short, distinct }: DraftOptions, dials: FramesDials): FamilyDraft {
  checkWhole('constraints', dials.constraints, 2, 4);
  const drawn = random.between(2, tokens < 384 ? 2 : tokens < 768 ? 3 : 4);
  const { constraints: count = drawn } = dials;
  const names = new FreshNames(distinct);
  const person = () => names.take(() => `${random.pick(GIVEN_NAMES)} ${surname(random)}`);
  // Dates alone leave many; the first constraint is always one that few fit.
  const [first, ...others] = random.shuffle(PROPERTIES.filter((property) => property !== BIRTHS));
  const chosen = [first, ...random.sample([...others, BIRTHS], count - 1)];
  const constraints = chosen.map((property): Constraint => ({ property, bound: property.draw(random) }));
  const candidate = (missed: number): Candidate => ({
    name: person(),
    values: constraints.map((constraint, i) => drawValue(constraint, random, i !== missed)),
  });
  const target = candidate(-1);
  const near = constraints.map((_, i) => candidate(i));
  const statement = ({ name, values }: Candidate, i: number): string =>
    fill(constraints[i].property.core, name, values[i]);

  // Nobody else meets the first constraint, so nobody else meets all of them.
  const stranger = (property: Property): Sentence => {
    const value = property === first ? drawValue(constraints[0], random, false) : drawFree(property, random);
    return { text: fill(property.core, person(), value) };
  };
  const strangers = (property: Property, low: number, high: number): Sentence[] =>
    Array.from({ length: random.between(low, high) }, () => stranger(property));

  const evidence: Passage[] = [];
  const nearMisses: Passage[] = [];
  for (const [i, { property }] of constraints.entries()) {
    const entry: Sentence = { text: statement(target, i), isEvidence: true };
    evidence.push(
      paragraph(property.register, random.shuffle([entry, ...strangers(property, 0, short ? 0 : 2)])),
    );
    const entries = near.map((other) => ({ text: statement(other, i) }));
    nearMisses.push(paragraph(property.register, random.shuffle(entries)));
  }
  const filler = (): Passage => {
    if (random.chance(0.2)) return idleParagraph(random, 'Note');
    const property = random.pick(PROPERTIES);
    const entries = strangers(property, 1, short ? 2 : 5);
    if (random.chance(0.2)) entries.push(idleSentence(random));
    return paragraph(property.register, entries);
  };
  return {
    title: 'Registers of the county',
    question: {
      text: `Who ${list(constraints.map(({ property, bound }) => fill(property.constraint, '', bound)))}?`,
      answers: [target.name],
      reasoning: reasoning(random, constraints, target, near, statement),
    },
    evidence,
    nearMisses,
    requiredNearMisses: count,
    filler,
  };
}

/** A value for someone who is no candidate; birth years span the whole range. */
const drawFree = (property: Property, random: Random): string =>
  property === BIRTHS ? String(random.between(FIRST_YEAR, LAST_YEAR)) : property.draw(random);

/** `a, b and c`. */
const list = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;

/** Takes a candidate by the first constraint and holds it against the others; now and then a wrong one first. */
function reasoning(
  random: Random,
  constraints: readonly Constraint[],
  target: Candidate,
  near: readonly Candidate[],
  statement: (candidate: Candidate, i: number) => string,
): string {
  const parts = [`First, find who ${fill(constraints[0].property.constraint, '', constraints[0].bound)}.`];
  const missed = random.between(1, constraints.length - 1);
  if (random.chance(0.5)) {
    parts.push(
      `The text says ${statement(near[missed], 0)}. Check: ${statement(near[missed], missed)}.`,
      `Wait, that is not who ${fill(constraints[missed].property.constraint, '', constraints[missed].bound)}.`,
    );
  }
  parts.push(`The text says ${statement(target, 0)}.`);
  for (let i = 1; i < constraints.length; i++) parts.push(`Check: ${statement(target, i)}.`);
  return ` ${parts.join(' ')}`;
}

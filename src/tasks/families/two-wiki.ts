/** @file 2WikiMultihopQA: comparing two things, directly or by what is known of their authors, and composing facts. */
import type { Random } from '../random';
import { drawChain } from './chain';
import { type ReasoningStep, reason } from './reasoning';
import { worldRelation } from './relations';
import type { DraftOptions, FamilyDraft, Passage } from './types';
import { FIRST_YEAR, LAST_YEAR, World, type WorldFact } from './world';

export type TwoWikiForm = 'compose' | 'compare' | 'bridge-compare' | 'same';

export interface TwoWikiDials {
  /**
   * `compose`: two hops. `compare`: which of two comes first or last. `bridge-compare`: the same by something found in
   * a hop. `same`: whether two share an object. Drawn by default: half of the items compose.
   */
  form?: TwoWikiForm;
}

const FORMS: readonly TwoWikiForm[] = ['compose', 'compose', 'compose', 'compare', 'bridge-compare', 'same'];
/** Share of items that ask for one of two things, or for yes or no. */
export const TWO_WIKI_CLOSED = 0.5;

/** Relation names from the thing compared to a year; `{x}` is `earlier` or `later`. */
interface Comparison {
  path: readonly string[];
  question: string;
}

const DIRECT: readonly Comparison[] = [
  { path: ['birth'], question: 'Who was born {x}, {a} or {b}?' },
  { path: ['charter'], question: 'Which became a town {x}, {a} or {b}?' },
  { path: ['publication'], question: 'Which book came out {x}, {a} or {b}?' },
  { path: ['start'], question: 'Which company opened {x}, {a} or {b}?' },
];
const BRIDGED: readonly Comparison[] = [
  { path: ['author', 'birth'], question: 'Which book is by the author who was born {x}, {a} or {b}?' },
  { path: ['founder', 'birth'], question: 'Which company has the founder who was born {x}, {a} or {b}?' },
  { path: ['setting', 'charter'], question: 'Which book is set in what became a town {x}, {a} or {b}?' },
  { path: ['employer', 'start'], question: 'Whose company opened {x}, that of {a} or of {b}?' },
];
const SAME: readonly Comparison[] = [
  { path: ['home'], question: 'Do {a} and {b} live in the same town?' },
  { path: ['employer'], question: 'Do {a} and {b} work for the same company?' },
  { path: ['teacher'], question: 'Do {a} and {b} have the same teacher?' },
  { path: ['setting'], question: 'Are {a} and {b} set in the same town?' },
  { path: ['author'], question: 'Are {a} and {b} by the same author?' },
];

export function twoWiki({ random, short, distinct }: DraftOptions, dials: TwoWikiDials): FamilyDraft {
  const drawn = random.pick(FORMS);
  const { form = drawn } = dials;
  const world = new World(random, distinct);
  const rest = { title: 'Collected articles', requiredNearMisses: 2, filler: () => world.filler() };
  switch (form) {
    case 'compose': {
      const { question, answer, ...chain } = drawChain(world, random, { hops: 2, short, lookAlikes: 2 });
      const { evidence, nearMisses, reasoning } = chain;
      return { ...rest, question: { text: question, answers: [answer], reasoning }, evidence, nearMisses };
    }
    case 'compare':
      return { ...rest, ...compare(world, random, random.pick(DIRECT), short) };
    case 'bridge-compare':
      return { ...rest, ...compare(world, random, random.pick(BRIDGED), short) };
    case 'same':
      return { ...rest, ...same(world, random, random.pick(SAME), short) };
  }
  return form satisfies never;
}

type Content = Pick<FamilyDraft, 'question' | 'evidence' | 'nearMisses'>;

/** Two different things of the type; their names share no word, so that no part of one names both. */
function pair(world: World, random: Random, first: string): [string, string] {
  const { subject } = worldRelation(first);
  const a = world.entity(subject);
  for (;;) {
    const b = world.entity(subject);
    const shared = b.split(' ').some((word) => /^[A-Z]/.test(word) && word !== 'The' && a.includes(word));
    if (!shared) return random.chance(0.5) ? [a, b] : [b, a];
  }
}

/** The facts from a thing to the end of the path, whose last object is given. */
function stateAlong(world: World, subject: string, path: readonly string[], end: string): WorldFact[] {
  let name = subject;
  return path.map((step, i) => {
    const relation = worldRelation(step);
    const fact = world.state(name, relation, i === path.length - 1 ? end : world.object(relation));
    name = fact.object;
    return fact;
  });
}

const articles = (world: World, facts: readonly WorldFact[], evidence: boolean, short: boolean): Passage[] =>
  facts.map((fact) => world.article([fact], evidence, fact.relation.subject, short));

const stepsOf = (facts: readonly WorldFact[]): ReasoningStep[] =>
  facts.map(({ relation, subject, statement }) => ({ goal: `${relation.goal} of ${subject}`, statement }));

/** Look-alikes of both things with facts of the same kind. */
function lookAlikes(world: World, names: readonly string[], path: readonly string[]): WorldFact[] {
  const relation = worldRelation(path[0]);
  return [...names, ...names].map((name) => world.state(world.entity(relation.subject, name), relation));
}

function compare(world: World, random: Random, { path, question }: Comparison, short: boolean): Content {
  const [a, b] = pair(world, random, path[0]);
  const gap = random.between(1, 60);
  const early = random.between(FIRST_YEAR, LAST_YEAR - gap);
  const aIsEarly = random.chance(0.5);
  const wanted = random.chance(0.5) ? 'earlier' : 'later';
  const years = aIsEarly ? [early, early + gap] : [early + gap, early];
  const ofA = stateAlong(world, a, path, String(years[0]));
  const ofB = stateAlong(world, b, path, String(years[1]));
  const [answer, other] = aIsEarly === (wanted === 'earlier') ? [a, b] : [b, a];
  const check = `${Math.min(...years)} is before ${Math.max(...years)}, ${wanted} is ${answer}.`;
  return {
    question: {
      text: question
        .replace('{x}', wanted)
        .replace('{a}', () => a)
        .replace('{b}', () => b),
      answers: [answer],
      rejected: [other],
      reasoning: reason([...stepsOf(ofA), ...stepsOf(ofB)], check),
    },
    evidence: articles(world, [...ofA, ...ofB], true, short),
    nearMisses: articles(world, lookAlikes(world, [a, b], path), false, short),
  };
}

function same(world: World, random: Random, { path, question }: Comparison, short: boolean): Content {
  const [a, b] = pair(world, random, path[0]);
  const relation = worldRelation(path[0]);
  const object = world.object(relation);
  const isSame = random.chance(0.5);
  const ofA = stateAlong(world, a, path, object);
  const ofB = stateAlong(world, b, path, isSame ? object : world.object(relation));
  const answer = isSame ? 'yes' : 'no';
  // Two others agree with each other, or one of them with the pair's first, so that an object named twice tells nothing.
  const shared = isSame ? world.object(relation) : object;
  const others = [a, b].map((name, i) =>
    world.state(
      world.entity(relation.subject, name),
      relation,
      isSame || i === 0 ? shared : world.object(relation),
    ),
  );
  return {
    question: {
      text: question.replace('{a}', () => a).replace('{b}', () => b),
      answers: [answer],
      reasoning: reason(
        [...stepsOf(ofA), ...stepsOf(ofB)],
        `${ofA[0].object} and ${ofB[0].object}, ${isSame ? 'the same, yes' : 'not the same, no'}.`,
      ),
    },
    evidence: articles(world, [...ofA, ...ofB], true, short),
    nearMisses: articles(world, others, false, short),
  };
}

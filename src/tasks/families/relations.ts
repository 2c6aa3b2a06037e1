/**
 * @file The relations of the small world that the multi-document families ask about. Each gives one object to a
 * subject, so that a chain of relations leads to one answer.
 */

export type EntityType = 'person' | 'town' | 'book' | 'company';

export interface WorldRelation {
  name: string;
  subject: EntityType;
  object: EntityType | 'year';
  /** States the fact; `{s}` and `{o}` are preceded by a space or open the statement. */
  core: string;
  /** How a question names the object without its name; absent where nothing can be asked about the object. */
  description?: string;
  /** Asks for the object. */
  question: string;
  /** What reasoning looks for. */
  goal: string;
}

export const WORLD_RELATIONS: readonly WorldRelation[] = [
  {
    name: 'home',
    subject: 'person',
    object: 'town',
    core: '{s} lives in {o}',
    description: 'the town where {s} lives',
    question: 'Where does {s} live?',
    goal: 'the home',
  },
  {
    name: 'origin',
    subject: 'person',
    object: 'town',
    core: '{s} comes from {o}',
    description: 'the town {s} comes from',
    question: 'Which town does {s} come from?',
    goal: 'the origin',
  },
  {
    name: 'teacher',
    subject: 'person',
    object: 'person',
    core: '{s} was taught by {o}',
    description: 'the teacher of {s}',
    question: 'Who taught {s}?',
    goal: 'the teacher',
  },
  {
    name: 'heir',
    subject: 'person',
    object: 'person',
    core: '{s} left everything to {o}',
    description: 'the heir of {s}',
    question: 'Who is the heir of {s}?',
    goal: 'the heir',
  },
  {
    name: 'employer',
    subject: 'person',
    object: 'company',
    core: '{s} works for {o}',
    description: 'the company {s} works for',
    question: 'Which company does {s} work for?',
    goal: 'the employer',
  },
  {
    name: 'birth',
    subject: 'person',
    object: 'year',
    core: '{s} was born in {o}',
    question: 'In which year was {s} born?',
    goal: 'the birth',
  },
  {
    name: 'mayor',
    subject: 'town',
    object: 'person',
    core: '{s} has elected {o}',
    description: 'the mayor of {s}',
    question: 'Who was elected mayor of {s}?',
    goal: 'the mayor',
  },
  {
    name: 'architect',
    subject: 'town',
    object: 'person',
    core: '{s} was planned by {o}',
    description: 'the planner of {s}',
    question: 'Who planned {s}?',
    goal: 'the planner',
  },
  {
    name: 'charter',
    subject: 'town',
    object: 'year',
    core: '{s} became a town in {o}',
    question: 'In which year did {s} become a town?',
    goal: 'the year',
  },
  {
    name: 'author',
    subject: 'book',
    object: 'person',
    core: '{s} was written by {o}',
    description: 'the author of {s}',
    question: 'Who wrote {s}?',
    goal: 'the author',
  },
  {
    name: 'setting',
    subject: 'book',
    object: 'town',
    core: '{s} is set in {o}',
    description: 'the town in which {s} is set',
    question: 'In which town is {s} set?',
    goal: 'the setting',
  },
  {
    name: 'publisher',
    subject: 'book',
    object: 'company',
    core: '{s} was printed by {o}',
    description: 'the printer of {s}',
    question: 'Which company printed {s}?',
    goal: 'the printer',
  },
  {
    name: 'publication',
    subject: 'book',
    object: 'year',
    core: '{s} came out in {o}',
    question: 'In which year did {s} come out?',
    goal: 'the year',
  },
  {
    name: 'founder',
    subject: 'company',
    object: 'person',
    core: '{s} was founded by {o}',
    description: 'the founder of {s}',
    question: 'Who founded {s}?',
    goal: 'the founder',
  },
  {
    name: 'seat',
    subject: 'company',
    object: 'town',
    core: '{s} has its seat in {o}',
    description: 'the town where {s} has its seat',
    question: 'Where does {s} have its seat?',
    goal: 'the seat',
  },
  {
    name: 'start',
    subject: 'company',
    object: 'year',
    core: '{s} opened in {o}',
    question: 'In which year did {s} open?',
    goal: 'the year',
  },
];

/** The named relation. @throws RangeError for an unknown name. */
export function worldRelation(name: string): WorldRelation {
  const found = WORLD_RELATIONS.find((relation) => relation.name === name);
  if (found === undefined) throw new RangeError(`No relation "${name}".`);
  return found;
}

export const relationsOf = (subject: EntityType): WorldRelation[] =>
  WORLD_RELATIONS.filter((relation) => relation.subject === subject);

/** Fills `{s}` and `{o}` (or `{s}` alone) into a template; names with `$` stay as they are. */
export const fill = (template: string, subject: string, object = ''): string =>
  template.replace('{s}', () => subject).replace('{o}', () => object);

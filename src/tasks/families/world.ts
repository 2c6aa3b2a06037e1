/**
 * @file A small world: entities with names of their own and facts of which each (subject, relation) has one.
 * What a question needs is stated first; fillers then only ever speak of subjects nobody has spoken of.
 */
import { ADJECTIVES } from '../lexicon';
import { GIVEN_NAMES, OBJECTS, surname, town } from '../names';
import type { Random } from '../random';
import { FreshNames } from './fresh-names';
import { idleSentence, paragraph, type Sentence } from './passage';
import { type EntityType, fill, relationsOf, type WorldRelation } from './relations';
import type { Passage } from './types';

export interface WorldFact {
  subject: string;
  relation: WorldRelation;
  object: string;
  /** The core with both names in it. */
  statement: string;
}

const OPENERS = [
  'From the town book',
  'From an old letter',
  'In the newspaper',
  'From the register',
  'In the guide',
  'Of record',
  'From the archive',
  'As is known',
];
const FILLER_SUBJECTS: readonly EntityType[] = ['person', 'person', 'book', 'company', 'town'];
/** There are some four hundred towns; fillers leave most of them alone. */
const MAX_FILLER_TOWNS = 120;
export const FIRST_YEAR = 1700;
export const LAST_YEAR = 1899;
/** Function words read oddly in a title and joined words split badly. */
const TITLE_WORDS = ADJECTIVES.filter((word) => /^[a-z]{3,9}$/.test(word));

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export class World {
  readonly #random: Random;
  readonly #distinct: boolean;
  readonly #names: FreshNames;
  readonly #stated = new Set<string>();
  #fillerTowns = 0;

  /** @param distinct whether no two names share a word; then none is like another on purpose either. */
  constructor(random: Random, distinct: boolean) {
    this.#random = random;
    this.#distinct = distinct;
    this.#names = new FreshNames(distinct);
  }

  /** A new entity; with `like`, one whose name shares a word or an end with it where the type allows. */
  entity(type: EntityType, like?: string): string {
    return this.#names.take((attempt) =>
      this.#draw(type, this.#distinct || attempt >= 40 ? undefined : like),
    );
  }

  #draw(type: EntityType, like: string | undefined): string {
    const random = this.#random;
    const [first, last] = like?.replace(/^The /, '').split(/ & | /) ?? [];
    const keepFirst = like !== undefined && random.chance(0.5);
    const keepLast = like !== undefined && !keepFirst;
    switch (type) {
      case 'person':
        return `${keepFirst ? first : random.pick(GIVEN_NAMES)} ${keepLast ? last : surname(random)}`;
      case 'company':
        return `${keepFirst ? first : surname(random)} & ${keepLast ? last : surname(random)}`;
      case 'book': {
        const quality = keepFirst ? first : capitalised(random.pick(TITLE_WORDS));
        return `The ${quality} ${keepLast ? last : capitalised(random.pick(OBJECTS))}`;
      }
      case 'town':
        return town(random);
    }
    return type satisfies never;
  }

  year(): string {
    return String(this.#random.between(FIRST_YEAR, LAST_YEAR));
  }

  /** A new object for a relation: a new entity, or a year. */
  object(relation: WorldRelation): string {
    return relation.object === 'year' ? this.year() : this.entity(relation.object);
  }

  /** @throws Error where the subject has an object of this relation already: a second answer would come in. */
  state(subject: string, relation: WorldRelation, object = this.object(relation)): WorldFact {
    const key = `${relation.name} ${subject}`;
    if (this.#stated.has(key)) throw new Error(`Stated before: ${key}`);
    this.#stated.add(key);
    return { subject, relation, object, statement: fill(relation.core, subject, object) };
  }

  /**
   * An article about a subject: the given facts and, unless it has to be short, one or two more.
   * @param evidence whether the given facts are evidence.
   */
  article(facts: readonly WorldFact[], evidence: boolean, type: EntityType, short: boolean): Passage {
    const random = this.#random;
    const sentences: Sentence[] = facts.map(({ statement }) => ({ text: statement, isEvidence: evidence }));
    if (!short && facts.length > 0) {
      const { subject } = facts[0];
      const free = relationsOf(type).filter(({ name }) => !this.#stated.has(`${name} ${subject}`));
      for (const relation of random.sample(free, random.between(1, 2)))
        sentences.push({ text: this.state(subject, relation).statement });
      if (random.chance(0.3)) sentences.push(idleSentence(random));
    }
    return paragraph(random.pick(OPENERS), random.shuffle(sentences));
  }

  /** An article about a new subject, of one to three facts, or now and then one of idle sentences. */
  filler(): Passage {
    const random = this.#random;
    if (random.chance(0.2))
      return paragraph(
        random.pick(OPENERS),
        Array.from({ length: random.between(1, 4) }, () => idleSentence(random)),
      );
    let type = random.pick(FILLER_SUBJECTS);
    if (type === 'town' && ++this.#fillerTowns > MAX_FILLER_TOWNS) type = 'person';
    const subject = this.entity(type);
    const facts = random
      .sample(relationsOf(type), random.between(1, 3))
      .map((relation) => this.state(subject, relation, this.#fillerObject(relation)));
    return this.article(facts, false, type, true);
  }

  /** Fillers may name the same town twice, since towns are few. */
  #fillerObject(relation: WorldRelation): string {
    return relation.object === 'town' ? town(this.#random) : this.object(relation);
  }
}

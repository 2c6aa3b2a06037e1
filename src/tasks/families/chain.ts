/** @file A chain of facts, each about the object of the one before, and the question that asks for its end. */
import type { Random } from '../random';
import { type ReasoningStep, reason } from './reasoning';
import { type EntityType, fill, relationsOf, type WorldRelation } from './relations';
import type { Passage } from './types';
import type { World } from './world';

export const UNANSWERABLE = 'unanswerable';
const STARTS: readonly EntityType[] = ['book', 'company', 'town', 'person'];

export interface ChainOptions {
  hops: number;
  /**
   * Hop, from 0, for which another fact about the same subject is ready. Where `answerable` is false the text states
   * that one instead, and the answer is `unanswerable`. All draws are the same either way.
   */
  gap?: number;
  answerable?: boolean;
  /** Leaves out facts that the chain does not need. */
  short: boolean;
  /** Look-alikes of each subject, with the same relation to something else; at least one. */
  lookAlikes: number;
}

export interface Chain {
  question: string;
  answer: string;
  reasoning: string;
  evidence: Passage[];
  /** Articles about look-alikes: one for every hop, then a second one for every hop, and so on. */
  nearMisses: Passage[];
}

/** Relations from a kind of thing on, each leading to the subject of the next; none comes twice. */
function drawPath(random: Random, hops: number): WorldRelation[] {
  for (;;) {
    const path: WorldRelation[] = [];
    let type: EntityType | 'year' = random.pick(STARTS);
    while (path.length < hops && type !== 'year') {
      const isLast = path.length === hops - 1;
      const next: WorldRelation[] = relationsOf(type).filter(
        (relation) => !path.includes(relation) && (isLast || relation.description !== undefined),
      );
      const relation: WorldRelation = random.pick(next);
      path.push(relation);
      type = relation.object;
    }
    if (path.length === hops) return path;
  }
}

/** States a chain in a world. */
export function drawChain(world: World, random: Random, options: ChainOptions): Chain {
  const { hops, gap, answerable = true, short, lookAlikes } = options;
  const path = drawPath(random, hops);
  let subject = world.entity(path[0].subject);
  const facts = path.map((relation) => {
    const fact = world.state(subject, relation);
    subject = fact.object;
    return fact;
  });
  const others = Array.from({ length: lookAlikes }, () =>
    facts.map(({ subject: name, relation }) => world.state(world.entity(relation.subject, name), relation)),
  );
  const nearMisses = others.flat().map((fact) => world.article([fact], false, fact.relation.subject, short));
  const evidence = facts.map((fact, i) => {
    const { relation } = fact;
    if (i !== gap) return world.article([fact], true, relation.subject, short);
    const spare = random.pick(relationsOf(relation.subject).filter((other) => other !== relation));
    const instead = world.state(fact.subject, spare);
    return world.article([answerable ? fact : instead], true, relation.subject, short);
  });
  const missing = answerable ? undefined : gap;
  const known = missing === undefined ? facts : facts.slice(0, missing + 1);
  const turn = random.chance(0.4) ? random.int(known.length) : -1;
  const steps = known.map((fact, i): ReasoningStep => {
    const other = others[0][i];
    return {
      goal: fact.relation.goal,
      statement: i === missing ? undefined : fact.statement,
      wrongTurn:
        i === turn ? { statement: other.statement, about: other.subject, instead: fact.subject } : undefined,
    };
  });
  const answer = missing === undefined ? facts[hops - 1].object : UNANSWERABLE;
  const described = path
    .slice(0, -1)
    .reduce((name, { description }) => (description ? fill(description, name) : name), facts[0].subject);
  return {
    question: fill(path[hops - 1].question, described),
    answer,
    reasoning: reason(steps, `${known[known.length - 1].subject}, ${answer}.`),
    // A missing hop's evidence is what the text says about its subject; what would come after it is not evidence.
    evidence: evidence.map((passage, i) => (missing !== undefined && i > missing ? plain(passage) : passage)),
    nearMisses,
  };
}

const plain = ({ text }: Passage): Passage => ({ text, evidence: [] });

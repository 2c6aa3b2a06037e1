/** @file Look-ups, two-hop look-ups and sums over the facts of a generated document that stand in a window. */
import type { QuestionDraft } from './draft';
import type { Fact, FactDocument } from './facts';
import type { Random } from './random';
import type { DocumentFamily, Span } from './types';

/** Facts whose cores lie inside the window. Facts are in text order, so the first is found by bisection. */
export function factsIn(document: FactDocument, window: Span): Fact[] {
  const { facts } = document;
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (facts[middle].core.start < window.start) low = middle + 1;
    else high = middle;
  }
  const inside: Fact[] = [];
  for (let i = low; i < facts.length && facts[i].core.end <= window.end; i++) inside.push(facts[i]);
  return inside;
}

const statement = (document: FactDocument, fact: Fact): string =>
  document.text.slice(fact.core.start, fact.core.end);

/** A question of the family that the facts allow, or null where they allow none. */
export function factQuestion(
  document: FactDocument,
  facts: readonly Fact[],
  family: Exclude<DocumentFamily, 'cloze'>,
  random: Random,
): QuestionDraft | null {
  switch (family) {
    case 'lookup':
      return facts.length === 0 ? null : lookup(document, random.pick(facts), random);
    case 'two-hop':
      return twoHop(document, facts, random);
    case 'sum':
      return sum(document, facts, random);
    default:
      return family satisfies never;
  }
}

function lookup(document: FactDocument, fact: Fact, random: Random): QuestionDraft {
  return {
    family: 'lookup',
    text: random.pick(fact.relation.questions).replace('{s}', fact.subject),
    answers: [fact.object],
    evidence: [{ ...fact.core }],
    reasoning: ` ${statement(document, fact)}`,
  };
}

function twoHop(document: FactDocument, facts: readonly Fact[], random: Random): QuestionDraft | null {
  for (const first of random.shuffle(facts)) {
    if (first.relation.description === undefined) continue;
    const seconds = facts.filter((f) => f.subject === first.object && f.object !== first.subject);
    if (seconds.length === 0) continue;
    const second = random.pick(seconds);
    const subject = first.relation.description.replace('{s}', first.subject);
    return {
      family: 'two-hop',
      text: random.pick(second.relation.questions).replace('{s}', subject),
      answers: [second.object],
      evidence: [{ ...first.core }, { ...second.core }],
      reasoning: ` ${statement(document, first)}. ${statement(document, second)}`,
    };
  }
  return null;
}

function sum(document: FactDocument, facts: readonly Fact[], random: Random): QuestionDraft | null {
  for (const first of random.shuffle(facts)) {
    if (first.relation.sums === undefined) continue;
    const others = facts.filter((f) => f.relation === first.relation && f.subject !== first.subject);
    if (others.length === 0) continue;
    const second = random.pick(others);
    const total = String(Number(first.object) + Number(second.object));
    const question = random.pick(first.relation.sums);
    return {
      family: 'sum',
      text: question.replace('{a}', first.subject).replace('{b}', second.subject),
      answers: [total],
      evidence: [{ ...first.core }, { ...second.core }],
      reasoning: ` ${statement(document, first)}. ${statement(document, second)}. ${first.object} + ${second.object} = ${total}`,
    };
  }
  return null;
}

/** @file Small data sets of questions in the shapes that people have, opened and refused. */
import { expect } from 'vitest';
import type { CodedError } from '../../src/errors';
import { openDocument } from '../../src/run/dataset/open';

/** A row as verl and DocQA-RL have it. */
export function verlRow(
  context: string,
  question: string,
  truth: string,
  more: { source?: string; ability?: string; index?: number } = {},
) {
  const content = `Please read the following text and answer the question below.\n\n<text>\n${context}\n</text>\n\n${question}\n\nFormat your response as follows: "Therefore, the answer is (insert answer here)".`;
  return {
    data_source: more.source ?? 'musique_0_20000',
    prompt: [{ role: 'user', content }],
    ability: more.ability ?? 'doc-qa',
    reward_model: { style: 'rule', ground_truth: truth },
    extra_info: { index: more.index ?? 0, split: 'train' },
  };
}

const people = ['Ada', 'Ben', 'Cora', 'Dan', 'Edith', 'Finn', 'Greta', 'Hugo', 'Ida', 'Jon', 'Kate', 'Liam'];
const towns = ['Bath', 'Cork', 'Derby', 'Essen', 'Ghent', 'Halle'];

/** `count` plain rows, each with a context of its own that holds the answer once; longer with its index. */
export function plainRows(
  count: number,
): { id: string; context: string; question: string; answers: string[] }[] {
  return Array.from({ length: count }, (_, i) => {
    const [person, town] = [people[i % people.length], towns[i % towns.length]];
    const filler = 'The rain fell on the road. '.repeat(i % 4);
    return {
      id: `row-${i}`,
      context: `In the year ${1200 + i} the mill was sold. ${filler}After that ${person} moved to ${town} by boat.`,
      question: `Where did ${person} move after ${1200 + i}?`,
      answers: [town],
    };
  });
}

export const jsonl = (rows: readonly unknown[]): Uint8Array =>
  new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/** A JSONL file of these rows, opened: the document, and its data set. */
export async function openRows(rows: readonly unknown[], name = 'mine.jsonl') {
  const document = await openDocument(name, jsonl(rows));
  if (!document.dataset) throw new Error('no data set');
  return { document, ...document.dataset };
}

/** What an opening that must fail was refused with. */
export const refusal = (opening: Promise<unknown>): Promise<CodedError> =>
  opening.then(
    () => expect.unreachable('it was opened'),
    (error) => error as CodedError,
  );

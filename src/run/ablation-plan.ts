/** @file What every cell of an ablation is asked, and how a grid is written down, so that its cells may be compared. */
import type { EvaluationPlan } from '../evaluation/suites';
import type { EvaluationSuite } from '../evaluation/types';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { LongDocument } from '../tasks/types';
import { documentSuites, givenSuite } from './document-suites';
import { familyMix } from './family-mix';
import { familySuites } from './family-suites';
import type { RunConfig } from './settings';
import { parseStages } from './stages-text';

/** What all cells of a folder share. */
export const gridFile = 'ablation.json';

/** The same questions in every cell, whatever its own seed. */
const questionSeed = 1;

export type AskedOfCells = Omit<EvaluationPlan, 'suites' | 'sampling'>;

/** @param buckets prompt lengths that are evaluated; null = those of the stages, else half and all of the longest prompt. */
export function askedOfCells(
  base: RunConfig,
  { buckets, questions, samples }: { buckets: number[] | null; questions: number; samples: number },
): AskedOfCells {
  return {
    buckets: buckets ?? stageLengths(base),
    depths: [null],
    questions,
    samples,
    ks: [1, samples].filter((k, i, all) => all.indexOf(k) === i),
    seed: questionSeed,
  };
}

/** L_k of the stages, or half and all of the longest prompt. */
function stageLengths({ curriculum, max_prompt_length }: RunConfig): number[] {
  const lengths = parseStages(curriculum)
    .filter(({ kind }) => kind === 'rl')
    .map(({ maxTokens }) => maxTokens);
  return lengths.length > 0 ? lengths : [Math.ceil(max_prompt_length / 2), max_prompt_length];
}

/** The families that the grid trains on, as suites. */
export function trainedSuites(
  { 'task.families': families, 'task.level': level }: RunConfig,
  document: LongDocument,
  tokenizer: PolicyTokenizer,
): EvaluationSuite[] {
  const all = [
    ...documentSuites(document, tokenizer, questionSeed),
    ...familySuites(tokenizer, questionSeed, level),
  ];
  const asksDocument = familyMix(families).document.length > 0;
  const trained = all.filter(
    ({ name }) => families.some((family) => family === name) || (name === givenSuite && asksDocument),
  );
  // A text without facts is asked cloze questions whatever was wished.
  return trained.length > 0 ? trained : documentSuites(document, tokenizer, questionSeed);
}

/** The text of a grid's file; grids with the same text may share a folder. */
export function gridText(
  base: RunConfig,
  steps: number | null,
  asked: AskedOfCells,
  documentId: string,
): string {
  return `${JSON.stringify({ base: { ...base, seed: 0 }, steps, asked, document: documentId }, null, 2)}\n`;
}

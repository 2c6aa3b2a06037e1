/** @file The model card of the embedded judge, written from its evaluation so that its figures are those of its file. */
import { accuracy, confusion, confusionTable, falseAcceptRate, type JudgedPair } from './evaluation';

export interface JudgedSet {
  title: string;
  pairs: readonly JudgedPair[];
}

export interface CardFacts {
  threshold: number;
  /** Share of the different validation pairs that the threshold may accept. */
  maxFalseAccepts: number;
  /** Bytes of model.onnx. */
  modelBytes: number;
  /** Optimiser steps, and pairs in each at most. */
  steps: number;
  /** Steps of the recipe; fewer were done where training was cut short. */
  plannedSteps: number;
  pairsAStep: number;
  seed: number;
  adapter: string;
  sets: readonly JudgedSet[];
}

const aims = { accuracy: 0.95, falseAccepts: 0.02 };

/** Errors shown of each set. */
const shown = 12;

/** Accuracy and false accepts of a set in one line. */
export function setLine({ title, pairs }: JudgedSet, threshold: number): string {
  const found = confusion(pairs, threshold);
  return `${title}: accuracy ${accuracy(found).toFixed(3)}, false accepts ${falseAcceptRate(found).toFixed(3)} (${pairs.length} pairs)`;
}

/** Wrong verdicts, the surest first. */
function surestErrors(pairs: readonly JudgedPair[], threshold: number): JudgedPair[] {
  return pairs
    .filter((pair) => pair.probability >= threshold !== pair.same)
    .sort((a, b) => Math.abs(b.probability - threshold) - Math.abs(a.probability - threshold));
}

/** A pair in one line, with what the judge made of it. */
export function describePair({ kind, question, gold, prediction, same, probability }: JudgedPair): string {
  return `${same ? 'rejected' : 'accepted'} (${kind}) ${question} | gold: ${gold} | answer: ${prediction} | ${probability.toFixed(3)}`;
}

/** Whether the aims are met on the first set, in a sentence. */
function verdictOnAims({ steps, plannedSteps, sets, threshold }: CardFacts): string {
  const found = confusion(sets[0].pairs, threshold);
  const [right, wrong] = [accuracy(found), falseAcceptRate(found)];
  const met = right >= aims.accuracy && wrong <= aims.falseAccepts;
  const short = steps < plannedSteps ? ` Training stopped after ${steps} of ${plannedSteps} steps.` : '';
  return (
    `The aims are an accuracy of ${aims.accuracy} and at most ${aims.falseAccepts} false accepts on held-out pairs; ` +
    `this file has ${right.toFixed(3)} and ${wrong.toFixed(3)}: ${met ? 'met' : '**not met**'}.${short}`
  );
}

export function modelCard(facts: CardFacts): string {
  const { threshold, maxFalseAccepts, modelBytes, steps, pairsAStep, seed, adapter, sets } = facts;
  const errors = sets.map(({ title, pairs }) => {
    const lines = surestErrors(pairs, threshold).slice(0, shown);
    return `**${title}**\n\n${lines.map((pair) => `- \`${describePair(pair).replaceAll('`', "'")}\``).join('\n') || '- none'}`;
  });
  return `# The embedded judge

A classifier of (question, predicted answer, gold answer): the probability that the two answers mean the same. The
document is never shown to it. It stands in for the paper's chat model where none is loaded, and lets a right answer in
other words score. ${verdictOnAims(facts)} Written by \`npm run judge:eval -- --write\`; do not edit.

| file | what |
|---|---|
| \`model.onnx\` | \`input_ids\` [B, T], \`last\` [B] → \`margin\` [B], the logit of yes minus that of no; ${(modelBytes / 1e6).toFixed(2)} MB, float32, opset 17 |
| \`tokenizer.json\` | the words that the judge knows, and its marks |
| \`config.json\` | shape, threshold, recipe |
| \`training-log.jsonl\` | loss and validation figures of the training |

**Verdict.** Yes where the probability is at least ${threshold}: the threshold with the best accuracy among those that
accept at most ${(100 * maxFalseAccepts).toFixed(1)} % of the different pairs of the validation part.

**Input** (\`src/run/judge/encoding.ts\`). \`question <gold> gold <pred> prediction <verdict>\`. Outside the model, by rules
of writing: accents, case, contractions, numbers in words and with a scale, dates by hyphens, times of day, months and units in short are
read in one spelling (\`words.ts\`); words that both answers have, and initials with the words that they begin, are joined by
marks (\`marks.ts\`), and so are two entries of one group of the thesaurus (\`meanings.ts\`); other common English is read as
verb, adverb or particle (\`word-class.ts\`). Names and things are known by these marks alone, since the vocabulary holds only
the words of training sentences and of the thesaurus (\`vocabulary.ts\`). Whether what is joined and what is left over makes an answer right is
what the model learns.

**Training data.** Made up by \`src/tasks/judge-pairs\` and nothing else: ${steps} steps of at most ${pairsAStep} pairs, seed ${seed}, on
the project's own engine (${adapter}). Names, nouns and sentence templates are split between training, validation and
held-out; number words, units, months and the words that turn a sentence round are common to all. Aliases and
synonyms come from the thesaurus (\`src/tasks/judge-pairs/thesaurus.ts\`: common ones, and the wordings of the narrative
family), which is the same in all parts: their figures say how well it is used, and nothing of words that it does not hold.

## Figures

${sets.map((set) => `### ${set.title}\n\n${confusionTable(set.pairs, threshold)}`).join('\n\n')}

## Known failures

It knows no fact: another name of a thing is known only where the thesaurus has it. It does not convert units (two hours, 120
minutes), reads English only, and sees 64 pieces of an answer. Its surest errors:

${errors.join('\n\n')}
`;
}

/**
 * @file Which rule reads the answers to a given question, chosen once when it is read: by what the row says about its kind,
 * as the released dispatch does (a part of `data_source`), else by what its answer is.
 */
import { parseDocmathAnswer } from '../../reward/docmath';
import { parseDocqaAnswer } from '../../reward/docqa';
import { DEFAULT_LETTERS, goldLetter } from '../../reward/multichoice';
import { goldProblem } from '../../reward/score';
import { type GivenRow, RowProblem } from '../../tasks/dataset/row';
import type { GivenFamily } from '../../tasks/types';

export interface RuledAnswers {
  family: GivenFamily;
  /** Bare answers, each readable by the rule: the released data wraps them in a sentence. */
  answers: string[];
}

/** @throws RowProblem where no rule reads any of the answers. */
export function chooseRule(row: GivenRow): RuledAnswers {
  const { kind, choices } = row;
  if (choices !== null || /long_toc_choices|\bdoc-mc\b|choice/i.test(kind) || isBareLetter(row))
    return { family: 'given-choice', answers: letters(row) };
  const numbers = readable(row, 'docmath', (answer) => parseDocmathAnswer(answer) ?? answer);
  const saysMath = /math/i.test(kind);
  if (numbers.length > 0 && (saysMath || (!saysText(kind) && row.answers.every(isMeasure))))
    return { family: 'given-number', answers: numbers };
  const texts = readable(row, 'docqa', (answer) => parseDocqaAnswer(answer) ?? answer);
  if (texts.length === 0) throw new RowProblem('the answer has no word to compare');
  return { family: 'given-text', answers: texts };
}

function saysText(kind: string): boolean {
  return /multihoprag|musique|qa\b/i.test(kind);
}

/** Answers that the rule can read, in both of its modes. */
function readable(
  { answers }: GivenRow,
  rule: 'docqa' | 'docmath',
  bare: (answer: string) => string,
): string[] {
  const found = answers
    .map(bare)
    .filter(
      (gold) => goldProblem(rule, gold, 'strict') === null && goldProblem(rule, gold, 'faithful') === null,
    );
  return [...new Set(found)];
}

/**
 * A number with a unit, a fraction or more than four digits. Years and counts are left to the text rule, which wants them
 * exactly, where the number rule gives way by 0.15 %.
 */
function isMeasure(answer: string): boolean {
  return /^[-+−]?[$€£¥]?\d[\d,]*(?:\.\d+)?\s?%?$/u.test(answer) && !/^\d{1,4}$/.test(answer);
}

/** One letter as the answer to a question that lists choices. */
function isBareLetter({ answers, question }: GivenRow): boolean {
  return (
    answers.every((answer) => /^\(?[A-D]\)?\.?$/.test(answer)) &&
    ['A', 'B'].every((letter) => new RegExp(`(?:^|\\s)\\(?${letter}[).:]\\s`).test(question))
  );
}

/** The letters of the answers: as said, or of the choice that reads like one. */
function letters({ answers, choices }: GivenRow): string[] {
  const offered = DEFAULT_LETTERS.slice(0, choices?.length ?? DEFAULT_LETTERS.length);
  const found = answers.map((answer) => {
    const at = choices?.indexOf(answer) ?? -1;
    return at >= 0 ? DEFAULT_LETTERS[at] : goldLetter(answer, offered);
  });
  const known = found.filter((letter) => letter !== null);
  if (known.length === 0) throw new RowProblem(`the answer is none of the letters ${offered.join(', ')}`);
  return [...new Set(known)];
}

/** @file What a rule really compares: a parsed answer and its gold after normalisation, and the words they differ in. */
import { normalizeDocmath } from '../reward/docmath';
import { parseStrictNumber } from '../reward/docmath-strict';
import { strictGoldText } from '../reward/docqa';
import { faithfulRule, goldSentence } from '../reward/faithful';
import { goldLetter } from '../reward/multichoice';
import { isPythonError } from '../reward/python-error';
import { ruleFamilyOf } from '../reward/question-scorer';
import { normalizeAnswer, strictTokens } from '../reward/text';
import type { RuleFamily, RuleMode } from '../reward/types';
import type { Family } from '../tasks/types';

/** A stretch of words that both sides have, or one of them alone. */
export interface ComparedPiece {
  text: string;
  side: 'both' | 'answer' | 'gold';
}

export interface ComparedAnswer {
  /** As the rule compares them. */
  answer: string;
  gold: string;
  /** In reading order; what only the answer has stands before what only the gold has. */
  pieces: ComparedPiece[];
}

/** The normal form of both sides under a rule; null where the gold has none. */
function normalForms(
  family: RuleFamily,
  mode: RuleMode,
  parsed: string,
  gold: string,
): { answer: string; gold: string } | null {
  if (mode === 'faithful') {
    const sentence = goldSentence(family, gold);
    const read = faithfulRule(family, `</think>${sentence}`, sentence);
    if (isPythonError(read) || read.parsedGold === null) return null;
    const form = (text: string) =>
      family === 'docqa'
        ? normalizeAnswer(text)
        : family === 'docmath'
          ? String(normalizeDocmath(text))
          : text;
    return { answer: form(parsed), gold: form(read.parsedGold) };
  }
  switch (family) {
    case 'docqa':
      return {
        answer: strictTokens(parsed).join(' '),
        gold: strictTokens(strictGoldText(gold)).join(' '),
      };
    case 'docmath': {
      const number = parseStrictNumber(strictGoldText(gold));
      return number.found ? { answer: parsed, gold: String(number.value) } : null;
    }
    case 'multichoice': {
      const letter = goldLetter(gold, letters);
      return letter === null ? null : { answer: parsed, gold: letter };
    }
    default:
      return family satisfies never;
  }
}

/** Any letter that a gold may be; which ones the question offered is not kept with its answers. */
const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));

/** Words of one side that are lined up at most: the table of the comparison has as many rows and columns. */
const maxWords = 200;

/** The words of both sides in one line: a longest common subsequence, the rest marked by its side. */
export function differingWords(answer: string, gold: string): ComparedPiece[] {
  const split = (text: string) => text.split(' ').filter(Boolean).slice(0, maxWords);
  const [said, wanted] = [split(answer), split(gold)];
  // common[i][j]: words in common of what follows word i of the one and word j of the other.
  const common = Array.from({ length: said.length + 1 }, () => new Uint16Array(wanted.length + 1));
  for (let i = said.length - 1; i >= 0; i--)
    for (let j = wanted.length - 1; j >= 0; j--)
      common[i][j] =
        said[i] === wanted[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const pieces: ComparedPiece[] = [];
  const add = (text: string, side: ComparedPiece['side']) => {
    const last = pieces.at(-1);
    if (last?.side === side) last.text += ` ${text}`;
    else pieces.push({ text, side });
  };
  let [i, j] = [0, 0];
  while (i < said.length || j < wanted.length) {
    if (i < said.length && j < wanted.length && said[i] === wanted[j]) {
      add(said[i++], 'both');
      j++;
    } else if (i < said.length && (j === wanted.length || common[i + 1][j] >= common[i][j + 1]))
      add(said[i++], 'answer');
    else add(wanted[j++], 'gold');
  }
  return pieces;
}

/**
 * A parsed answer beside the accepted one that shares most words with it, both as the rule compares them; null where nothing
 * was parsed or no gold can be compared.
 */
export function comparedAnswer(
  family: Family,
  mode: RuleMode,
  parsed: string | null,
  golds: readonly string[],
): ComparedAnswer | null {
  if (parsed === null) return null;
  const compared = golds.flatMap((gold) => {
    const forms = normalForms(ruleFamilyOf(family), mode, parsed, gold);
    return forms ? [{ ...forms, pieces: differingWords(forms.answer, forms.gold) }] : [];
  });
  const differing = ({ pieces }: ComparedAnswer) =>
    pieces.reduce((sum, { text, side }) => sum + (side === 'both' ? 0 : text.split(' ').length), 0);
  return compared.reduce<ComparedAnswer | null>(
    (best, one) => (best === null || differing(one) < differing(best) ? one : best),
    null,
  );
}

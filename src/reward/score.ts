/**
 * @file The scorer: dispatches an answer to its family's rule, asks the judge where that may change the result, takes
 * the maximum by reward mode, and adds the overlong term (paper Eq. 12–14 and 7).
 */

import { parseStrictNumber, scoreDocmathStrict } from './docmath-strict';
import { type StrictRuleResult, scoreDocqaStrict, strictGoldText } from './docqa';
import { faithfulRule, goldSentence } from './faithful';
import { askJudge, NOT_ASKED, notAsked } from './judge';
import { DEFAULT_LETTERS, goldLetter, scoreChoiceStrict } from './multichoice';
import { type OverlongOptions, overlongPenalty } from './overlong';
import { isPythonError } from './python-error';
import { strictAnswerText, strictTokens } from './text';
import type {
  Judge,
  JudgeRequest,
  JudgeResult,
  RewardMode,
  RuleFamily,
  RuleMode,
  RuleResult,
  Score,
} from './types';

/** One answer to score. */
export interface ScoreRequest {
  family: RuleFamily;
  question: string;
  /** Accepted answers, bare or as a sentence with the marker; the first one is shown to the judge. */
  answers: readonly string[];
  /** Wrong candidates; strict docqa refuses an answer that names one, beside the right one too. */
  rejected?: readonly string[];
  /** Decoded response with the end token cut off, reasoning included. */
  response: string;
  /** Response length in tokens. */
  responseLength: number;
  /** Letters the item offers (multiple choice). */
  letters?: readonly string[];
}

export interface ScorerOptions {
  ruleMode: RuleMode;
  rewardMode: RewardMode;
  /** Null: no overlong term. */
  overlong: OverlongOptions | null;
  judge: Judge;
}

export interface Scorer {
  /** One score a request, in order. The judge sees one batch. Never rejects in strict mode. */
  score(requests: readonly ScoreRequest[]): Promise<Score[]>;
}

/** A rule result with the pair a judge would be shown; null where there is nothing to judge. */
export interface JudgeableRule {
  rule: RuleResult;
  judgePair: { prediction: string; gold: string } | null;
}

function strictRule(request: ScoreRequest): JudgeableRule {
  const text = strictAnswerText(request.response);
  if (!text.found) return { rule: { score: 0, parsed: null, reason: text.reason }, judgePair: null };
  const { family, answers } = request;
  let result: StrictRuleResult;
  switch (family) {
    case 'docqa':
      result = scoreDocqaStrict(text.text, answers, request.rejected);
      break;
    case 'docmath':
      result = scoreDocmathStrict(text.text, answers);
      break;
    case 'multichoice':
      return { rule: scoreChoiceStrict(text.text, answers, request.letters), judgePair: null };
    default:
      return family satisfies never;
  }
  const { clause, ...rule } = result;
  const gold = strictGoldText(answers[0] ?? '');
  const mayJudge = clause !== null && strictTokens(clause).length > 0 && strictTokens(gold).length > 0;
  return { rule, judgePair: mayJudge ? { prediction: clause, gold } : null };
}

function faithfulRules(request: ScoreRequest): JudgeableRule {
  const { family, answers, response } = request;
  let best: JudgeableRule = { rule: { score: 0, parsed: null, reason: 'no_gold' }, judgePair: null };
  for (const [index, gold] of answers.entries()) {
    const result = faithfulRule(family, response, goldSentence(family, gold));
    if (isPythonError(result)) {
      if (index === 0)
        best = { rule: { score: 0, parsed: null, reason: `raises_${result.raises}` }, judgePair: null };
      continue;
    }
    const { score, parsed, reason, parsedGold } = result;
    const mayJudge = family !== 'multichoice' && parsed !== null && parsedGold !== null;
    const judgePair = mayJudge ? { prediction: parsed, gold: parsedGold } : null;
    if (index === 0 || score > best.rule.score) best = { rule: { score, parsed, reason }, judgePair };
  }
  return best;
}

/** The rule score of one answer: the best over the accepted answers. Never throws. */
export function scoreRule(request: ScoreRequest, mode: RuleMode): JudgeableRule {
  switch (mode) {
    case 'faithful':
      return faithfulRules(request);
    case 'strict':
      return strictRule(request);
  }
  return mode satisfies never;
}

/**
 * The base reward by mode. A verdict that was not given leaves the rule score standing, in mode `judge` too: there an
 * absent judge must not read as a wrong answer.
 */
export function combineReward(mode: RewardMode, rule: number, judge: JudgeResult): number {
  switch (mode) {
    case 'rule':
      return rule;
    case 'judge':
      return judge.asked ? judge.verdict : rule;
    case 'max':
      return judge.asked ? Math.max(rule, judge.verdict) : rule;
  }
  return mode satisfies never;
}

/** Why the judge is not asked about an answer, or null if it is. */
function reasonNotToAsk(request: ScoreRequest, scored: JudgeableRule, mode: RewardMode): string | null {
  if (mode === 'rule') return NOT_ASKED.ruleOnly;
  if (request.family === 'multichoice') return NOT_ASKED.noJudgeForFamily;
  if (mode === 'max' && scored.rule.score >= 1) return NOT_ASKED.ruleMatched;
  return scored.judgePair === null ? NOT_ASKED.nothingParsed : null;
}

/**
 * Makes a scorer. The judge is asked only where an answer was parsed and, in mode `max`, the rule gives less than 1.
 * Throws RangeError while scoring if the overlong options are invalid; check them first with `overlongProblem`.
 */
export function createScorer(options: ScorerOptions): Scorer {
  const { ruleMode, rewardMode, overlong, judge } = options;
  return {
    async score(requests) {
      const rules = requests.map((request) => scoreRule(request, ruleMode));
      const verdicts: JudgeResult[] = [];
      const asked: JudgeRequest[] = [];
      const askedAt: number[] = [];
      for (const [index, request] of requests.entries()) {
        const { judgePair } = rules[index];
        const reason = reasonNotToAsk(request, rules[index], rewardMode);
        verdicts.push(notAsked(reason ?? NOT_ASKED.notLoaded));
        if (reason !== null || judgePair === null) continue;
        asked.push({ question: request.question, ...judgePair });
        askedAt.push(index);
      }
      const results = await askJudge(judge, asked);
      for (const [position, index] of askedAt.entries()) verdicts[index] = results[position];
      return requests.map((request, index) => {
        const { rule } = rules[index];
        const base = combineReward(rewardMode, rule.score, verdicts[index]);
        const penalty = overlong === null ? 0 : overlongPenalty(request.responseLength, overlong, ruleMode);
        return {
          rule: rule.score,
          judge: verdicts[index],
          base,
          overlong: penalty,
          total: base + penalty,
          correct: base === 1,
          parsed: rule.parsed,
          reason: rule.reason,
        };
      });
    },
  };
}

/**
 * Why a gold cannot be scored, or null: the check made once, when a question is imported.
 * Faithful asks for a gold that its own parser reads; strict for one with content, one number, or one offered letter.
 */
export function goldProblem(
  family: RuleFamily,
  gold: string,
  mode: RuleMode,
  letters: readonly string[] = DEFAULT_LETTERS,
): string | null {
  if (mode === 'faithful') {
    const probe = faithfulRule(family, `</think>${goldSentence(family, gold)}`, goldSentence(family, gold));
    if (isPythonError(probe)) return `The gold answer raises ${probe.raises} in the released scorer.`;
    return probe.parsed === null ? 'The released scorer finds no answer in the gold answer.' : null;
  }
  switch (family) {
    case 'docqa':
      return strictTokens(strictGoldText(gold)).length > 0 ? null : 'The gold answer has no word to compare.';
    case 'docmath':
      return parseStrictNumber(strictGoldText(gold)).found
        ? null
        : 'The gold answer is not exactly one number.';
    case 'multichoice':
      return goldLetter(gold, letters) !== null ? null : 'The gold answer is not one of the letters offered.';
  }
  return family satisfies never;
}

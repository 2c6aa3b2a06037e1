/**
 * @file The contract of the reward room. A score is max(rule, judge) plus the overlong term; it always says why.
 */

/** `faithful` reproduces the released QwenLong-L1 scorers, quirks included; `strict` closes their holes. */
export type RuleMode = 'faithful' | 'strict';

export type RuleFamily = 'docqa' | 'docmath' | 'multichoice';

export interface RuleResult {
  /** 0 or 1. */
  score: number;
  /** Parsed answer, null where none was found. */
  parsed: string | null;
  /** Machine word for the outcome, such as `match`, `mismatch`, `no_think_close`, `no_answer`, `several_answers`. */
  reason: string;
}

export interface JudgeRequest {
  question: string;
  prediction: string;
  gold: string;
}

/**
 * What a judge says; `asked: false` carries the reason and counts as no verdict, never as a silent zero. It is `failed`
 * where the answer was to be judged and the judge did not manage.
 */
export type JudgeResult =
  | { asked: false; reason: string; failed?: true }
  | {
      asked: true;
      verdict: 0 | 1;
      /** That the answers mean the same, 0 to 1. */
      probability: number;
      reply: string;
      /** Time this verdict took; 0 from a cache. */
      ms: number;
    };

export interface Judge {
  id: string;
  judge(requests: JudgeRequest[]): Promise<JudgeResult[]>;
}

export type RewardMode = 'rule' | 'judge' | 'max';

export interface Score {
  /** Rule score, 0 or 1. */
  rule: number;
  judge: JudgeResult;
  /** max(rule, judge) by reward mode, before penalties: verl's `score`. */
  base: number;
  /** Overlong term, ≤ 0. */
  overlong: number;
  /** base + overlong: the reward the advantage is computed from. */
  total: number;
  /** base == 1: what dynamic sampling with metric `acc` reads. */
  correct: boolean;
  parsed: string | null;
  reason: string;
}

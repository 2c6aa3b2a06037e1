/**
 * @file The judge port without a judge, and the reasons for which one is not asked. A verdict that was not given is
 * never a silent zero: it is `asked: false` with its reason.
 */

import type { Judge, JudgeRequest, JudgeResult } from './types';

export const NOT_ASKED = {
  notLoaded: 'judge not loaded',
  ruleMatched: 'rule already gives 1',
  nothingParsed: 'no answer parsed',
  ruleOnly: 'reward mode is rule only',
  noJudgeForFamily: 'multiple choice has no judge',
} as const;

export function notAsked(reason: string): JudgeResult {
  return { asked: false, reason };
}

/** A judge that answers nothing; stands where no judge model is loaded or where loading failed. */
export function notLoadedJudge(reason: string = NOT_ASKED.notLoaded): Judge {
  return {
    id: 'none',
    judge: (requests) => Promise.resolve(requests.map(() => notAsked(reason))),
  };
}

/**
 * Asks a judge about a batch and always returns one result a request: a judge that throws, or returns another number
 * of results, becomes `judge_unavailable` with its message.
 */
export async function askJudge(judge: Judge, requests: JudgeRequest[]): Promise<JudgeResult[]> {
  if (requests.length === 0) return [];
  try {
    const results = await judge.judge(requests);
    if (results.length === requests.length) return results;
    throw new Error(`${results.length} results for ${requests.length} requests`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return requests.map(() => notAsked(`judge_unavailable: ${message}`));
  }
}

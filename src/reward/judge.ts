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

/** The result where a judge was wanted and gave no verdict. */
export function judgeFailed(error: unknown): JudgeResult {
  const message = error instanceof Error ? error.message : String(error);
  return { asked: false, reason: `judge_unavailable: ${message}`, failed: true };
}

/** A judge that answers nothing; stands where no judge model is loaded or where loading failed. */
export function notLoadedJudge(reason: string = NOT_ASKED.notLoaded): Judge {
  return {
    id: 'none',
    judge: (requests) => Promise.resolve(requests.map(() => notAsked(reason))),
  };
}

/**
 * One result a request, each a verdict that can be used or a failure with its reason.
 * @throws Error where the judge throws or returns another number of results.
 */
export async function checkedVerdicts(judge: Judge, requests: JudgeRequest[]): Promise<JudgeResult[]> {
  const results = await judge.judge(requests);
  if (results.length !== requests.length)
    throw new Error(`${results.length} results for ${requests.length} requests`);
  return results.map((result) => {
    if (!result.asked) return result;
    const { verdict, probability, ms } = result;
    if (verdict !== 0 && verdict !== 1) return judgeFailed(`verdict is ${verdict}`);
    // Written so that NaN fails.
    if (!(probability >= 0 && probability <= 1)) return judgeFailed(`probability is ${probability}`);
    return Number.isFinite(ms) ? result : { ...result, ms: 0 };
  });
}

/** Asks a judge about a batch and always returns one result a request; whatever goes wrong is a failure with its reason. */
export async function askJudge(judge: Judge, requests: JudgeRequest[]): Promise<JudgeResult[]> {
  if (requests.length === 0) return [];
  try {
    return await checkedVerdicts(judge, requests);
  } catch (error) {
    const failure = judgeFailed(error);
    return requests.map(() => failure);
  }
}

/** Rejects with a sentence where `work` takes longer; what it gives later is ignored. */
export async function withinTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeOut(`no reply within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class TimeOut extends Error {
  override name = 'TimeOut';
}

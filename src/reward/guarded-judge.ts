/**
 * @file A judge made fit for training: cached by content, the same whatever the order of the requests, bounded in time,
 * and replaced when it hangs or dies. What it cannot say is *not asked* with a reason, and counted; training goes on
 * with the rule, and with the judge again as soon as one answers.
 */

import { checkedVerdicts, judgeFailed, TimeOut, withinTime } from './judge';
import type { Judge, JudgeRequest, JudgeResult } from './types';

/** Where a judge comes from: made when it is first needed, and anew after a failure. */
export interface JudgeSource {
  id: string;
  open(): Promise<OpenJudge>;
}

export interface OpenJudge extends Judge {
  /** Ends it and all it holds; called also on one that hangs. */
  close?(): void;
}

export interface GuardOptions {
  /** Longest wait for one call, ms. */
  timeoutMs?: number;
  /** Longest wait for the judge to load, ms. */
  openTimeoutMs?: number;
  /** Requests a call. */
  batchSize?: number;
  /** Verdicts kept; the oldest leave first. */
  maxCached?: number;
  /** Hears of every batch, after it. */
  onBatch?(report: JudgeReport): void;
}

/** What became of one batch. */
export interface JudgeReport {
  /** Since the start. */
  counts: JudgeCounts;
  /** Time of this batch's verdicts, ms. */
  ms: number;
  /** Why the judge gave no verdict where it was asked for one; null where it did. */
  failure: string | null;
}

/** Requests by what became of them, since the start. */
export interface JudgeCounts {
  asked: number;
  cached: number;
  /** Verdicts with probability one half: the judge could not decide. */
  undecided: number;
  failed: number;
}

export interface GuardedJudge extends Judge {
  readonly counts: Readonly<JudgeCounts>;
  close(): void;
}

/** Longest rest after repeated failures, in batches: a judge that hangs every time costs one wait in so many. */
const maxRest = 15;

/**
 * Guards the judges of a source. `judge` never rejects. The time of a verdict from the cache is 0 ms.
 *
 * A call that fails is repeated once with a new judge, but not one that ran out of time; the rest of the batch is then
 * not asked. After n failed batches in a row the next 2^(n−1) − 1 batches, at most 15, do not try.
 */
export function guardedJudge(source: JudgeSource, options: GuardOptions = {}): GuardedJudge {
  const { timeoutMs = 30_000, openTimeoutMs = 300_000, batchSize = 64, maxCached = 20_000 } = options;
  const counts: JudgeCounts = { asked: 0, cached: 0, undecided: 0, failed: 0 };
  const cache = new Map<string, JudgeResult>();
  let opened: OpenJudge | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let failedBatches = 0;
  let rest = 0;
  let lastFailure: JudgeResult = judgeFailed('no failure');

  function close(): void {
    const ended = opened;
    opened = null;
    try {
      ended?.close?.();
    } catch {
      // It is given up either way, and the failure that led here is the one to tell.
    }
  }

  async function call(requests: JudgeRequest[]): Promise<JudgeResult[]> {
    if (opened === null) {
      const opening = source.open();
      try {
        opened = await withinTime(opening, openTimeoutMs);
      } catch (error) {
        // One that comes too late is not left running.
        opening.then((late) => late.close?.()).catch(() => {});
        throw error;
      }
    }
    try {
      return await withinTime(checkedVerdicts(opened, requests), timeoutMs);
    } catch (error) {
      close();
      throw error;
    }
  }

  const callTwice = (requests: JudgeRequest[]) =>
    call(requests).catch((error: unknown) => {
      if (error instanceof TimeOut) throw error;
      return call(requests);
    });

  /** Verdicts for distinct requests in a fixed order, by key. */
  async function ask(pending: ReadonlyMap<string, JudgeRequest>): Promise<Map<string, JudgeResult>> {
    const keys = [...pending.keys()];
    const results = new Map<string, JudgeResult>();
    if (keys.length === 0) return results;
    if (rest > 0) {
      rest--;
      return new Map(keys.map((key) => [key, lastFailure]));
    }
    for (let at = 0; at < keys.length; at += batchSize) {
      const chunk = keys.slice(at, at + batchSize);
      try {
        const verdicts = await callTwice(chunk.flatMap((key) => pending.get(key) ?? []));
        for (const [i, key] of chunk.entries()) results.set(key, verdicts[i]);
      } catch (error) {
        lastFailure = judgeFailed(error);
        failedBatches++;
        rest = Math.min(2 ** (failedBatches - 1) - 1, maxRest);
        for (const key of keys.slice(at)) results.set(key, lastFailure);
        return results;
      }
    }
    failedBatches = 0;
    return results;
  }

  async function judge(requests: JudgeRequest[]): Promise<JudgeResult[]> {
    const keys = requests.map(({ question, prediction, gold }) =>
      JSON.stringify([question, prediction, gold]),
    );
    const pending = new Map<string, JudgeRequest>();
    // Sorted, so that which requests share a call does not depend on the order they came in.
    for (const [key, request] of keys.map((key, i) => [key, requests[i]] as const).sort(byKey))
      if (!cache.has(key)) pending.set(key, request);
    const fresh = await ask(pending);
    const told = new Set<string>();
    const results = keys.map((key): JudgeResult => {
      const first = fresh.has(key) && !told.has(key);
      told.add(key);
      const result = fresh.get(key) ?? cache.get(key) ?? lastFailure;
      if (!result.asked) counts.failed++;
      else if (first) counts.asked++;
      else counts.cached++;
      if (first && result.asked && result.probability === 0.5) counts.undecided++;
      return result.asked && !first ? { ...result, ms: 0 } : result;
    });
    for (const [key, result] of fresh) if (result.asked) cache.set(key, result);
    for (const key of cache.keys()) {
      if (cache.size <= maxCached) break;
      cache.delete(key);
    }
    if (results.length > 0) options.onBatch?.(reportOf(results, counts));
    return results;
  }

  return {
    id: source.id,
    counts,
    close,
    // One batch after the other: two that overlap would ask the same question twice.
    judge: (requests) => {
      const result = turn.then(() => judge(requests));
      turn = result;
      return result;
    },
  };
}

function reportOf(results: readonly JudgeResult[], counts: JudgeCounts): JudgeReport {
  const failed = results.find((result) => !result.asked);
  return {
    counts: { ...counts },
    ms: results.reduce((sum, result) => sum + (result.asked ? result.ms : 0), 0),
    failure: failed && !failed.asked ? failed.reason : null,
  };
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

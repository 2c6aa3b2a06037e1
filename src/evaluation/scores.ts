/**
 * @file From asked questions to scores. Every mean runs over all items, failed ones at 0; beside it stands the mean over
 * the items that did not fail, which is what the released evaluation reports.
 */
import { combineReward } from '../reward/score';
import type { Score } from '../reward/types';
import { type Interval, mean, meanInterval95, standardDeviation } from '../rl/statistics';
import type { Answer, AskedItem } from './answers';
import { type BestAtN, meanBestAtN, reportedN } from './bootstrap';
import { type MeanPassAtK, meanPassAtK } from './pass-at-k';

export type PassAtK = MeanPassAtK & { k: number };

/** Numbers that a macro average averages. */
export interface MeanScores {
  /** Greedy answers, mean of max(rule, judge); a judge that was not asked leaves the rule's verdict. */
  greedy: number;
  /** Greedy answers, rule only. */
  greedyRule: number;
  /** Sampled answers, mean over items of the mean of max(rule, judge). */
  score: number;
  /** Sampled answers, rule only. */
  rule: number;
  /** 95 % interval of `score`; null for fewer than two items. */
  interval: Interval | null;
  /** Unbiased pass@k by max(rule, judge) = 1. */
  passAtK: PassAtK[];
  /** verl's bootstrap with replacement, by max(rule, judge). */
  bestAtN: BestAtN[];
}

export interface Scores extends MeanScores {
  items: number;
  failed: number;
  /** Answers, greedy and sampled, in which no answer was found. */
  unparsed: number;
  /** Answers the judge was asked about. */
  judged: number;
  /** `score` over the items that did not fail; null where all failed. */
  survivors: number | null;
  /** Sample deviation of the items' scores / √items; null for fewer than two items. */
  standardError: number | null;
}

/** max(rule, judge) of one answer. */
export function hybridScore({ rule, judge }: Score): number {
  return combineReward('max', rule, judge);
}

/** Mean of max(rule, judge) over an item's sampled answers; 0 where it failed. */
export function itemScore({ sampled }: AskedItem): number {
  return meanOf(sampled, hybridScore);
}

/**
 * Scores of items that had `samples` sampled answers each.
 * @throws RangeError for no items, no samples or a k above `samples`.
 */
export function summarise(items: readonly AskedItem[], samples: number, ks: readonly number[]): Scores {
  if (items.length === 0 || samples < 1) throw new RangeError(`${items.length} items, ${samples} samples`);
  const values = items.map(itemScore);
  const survivors = items.filter(({ failure }) => failure === null).map(itemScore);
  const greedy = items.map((asked) => (asked.greedy ? [asked.greedy] : []));
  const right = items.map(({ sampled }) => sampled.filter(({ score }) => hybridScore(score) === 1).length);
  const answers = items.flatMap((asked) => [...(asked.greedy ? [asked.greedy] : []), ...asked.sampled]);
  const drawn = items.map(({ sampled }) =>
    sampled.length > 0 ? sampled.map(({ score }) => hybridScore(score)) : new Array<number>(samples).fill(0),
  );
  return {
    items: items.length,
    failed: items.length - survivors.length,
    unparsed: answers.filter(({ score }) => score.parsed === null).length,
    judged: answers.filter(({ score }) => score.judge.asked).length,
    greedy: mean(greedy.map((list) => meanOf(list, hybridScore))),
    greedyRule: mean(greedy.map((list) => meanOf(list, ({ rule }) => rule))),
    score: mean(values),
    rule: mean(items.map(({ sampled }) => meanOf(sampled, ({ rule }) => rule))),
    interval: clipped(meanInterval95(values)),
    survivors: survivors.length > 0 ? mean(survivors) : null,
    standardError: items.length > 1 ? standardDeviation(values, 1) / Math.sqrt(items.length) : null,
    passAtK: ks.map((k) => ({ k, ...meanPassAtK(samples, right, k) })),
    bestAtN: reportedN(samples).map((n) => meanBestAtN(drawn, n)),
  };
}

/** Macro average: each part counts the same, however many items it holds. @throws RangeError for no parts. */
export function macroAverage(parts: readonly Scores[]): MeanScores {
  if (parts.length === 0) throw new RangeError('a macro average of nothing');
  const over = (read: (scores: Scores) => number) => mean(parts.map(read));
  const score = over((part) => part.score);
  return {
    greedy: over((part) => part.greedy),
    greedyRule: over((part) => part.greedyRule),
    score,
    rule: over((part) => part.rule),
    interval: macroInterval(
      score,
      parts.map(({ standardError }) => standardError),
    ),
    // Parts of one evaluation share samples and k.
    passAtK: parts[0].passAtK.map(({ k }, i) => ({
      k,
      mean: over((part) => part.passAtK[i].mean),
      interval: null,
    })),
    bestAtN: parts[0].bestAtN.map(({ n }, i) => ({
      n,
      mean: over((part) => part.bestAtN[i].mean),
      std: over((part) => part.bestAtN[i].std),
    })),
  };
}

/** score ± 1.96 · √Σ se² / parts, by the normal approximation; null where a part has no standard error. */
function macroInterval(score: number, errors: readonly (number | null)[]): Interval | null {
  let squares = 0;
  for (const error of errors) {
    if (error === null) return null;
    squares += error * error;
  }
  const half = (1.96 * Math.sqrt(squares)) / errors.length;
  return clipped({ low: score - half, high: score + half });
}

function meanOf(answers: readonly Answer[], read: (score: Score) => number): number {
  return answers.length === 0 ? 0 : mean(answers.map(({ score }) => read(score)));
}

function clipped(interval: Interval | null): Interval | null {
  return interval && { low: Math.max(0, interval.low), high: Math.min(1, interval.high) };
}

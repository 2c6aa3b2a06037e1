/**
 * @file Difficulty-aware retrospective sampling: hard questions of earlier stages come back in later ones.
 *
 *   difficulty(x, c) = 1 / mean_i r_i over a group of G answers                                        (paper Eq. 10)
 *
 * A rule turns what was measured into a weight. Weights decide who is in the pool: it is a sample without replacement,
 * drawn by weight and bounded in size (Efraimidis and Spirakis 2006: the questions with the smallest −ln(u)/w). Inside
 * the pool turns are equal: the question visited least comes first.
 *
 * Questions of the present stage are collected as candidates; the next stage may draw them. Neither pool size nor share
 * is published; ours are settings.
 */
import type { LengthBracket } from './curriculum';
import { uniform } from './random';

/** `zero-accuracy` (paper, section 3.2): only questions nobody answered right. `weighted`: Eq. 10 with a floor. */
export type PoolRule = 'off' | 'zero-accuracy' | 'weighted';

export interface PoolSettings {
  rule: PoolRule;
  /** Questions of earlier stages kept, and as many candidates of the present one. */
  size: number;
  /** δ: mean rewards below it count as δ; 0 means 1 / (2G). */
  floor: number;
  /** T: weights are difficulty^(1/T). 1 is Eq. 10; higher evens them out, lower leaves the hardest. */
  temperature: number;
  /** Upper bound of a weight. */
  maxWeight: number;
  /** Whose answers measure the difficulty: the policy's at its latest visit, or those of the policy the run began with. */
  measure: 'latest' | 'base';
  /** Share of prompts drawn from the pool in stages that name none. */
  share: number;
  /** What happens to retrospective places when the pool is empty. */
  onEmpty: EmptyChoice;
}

/** `fresh`: fresh questions take the places, with a notice. `pause`: the run pauses. */
export type EmptyChoice = 'fresh' | 'pause';

/** One group's outcome. */
export interface Visit {
  step: number;
  /** Mean reward before penalties. */
  reward: number;
  /** Share of right answers. */
  accuracy: number;
}

/** A question that may come back, with what is known of it. */
export interface PoolQuestion {
  /** Index in the task source and lengths asked for: together they give the question again. */
  index: number;
  bracket: LengthBracket;
  /** What must come back: another document or family makes another question. */
  id: string;
  text: string;
  /** Index of the stage it was first drawn in. */
  stage: number;
  visits: number;
  /** The last visits, newest last. */
  history: Visit[];
  /** A group of the policy the run began with; null where it was not asked. */
  base: Visit | null;
}

export type Pool = readonly PoolQuestion[];

/** Visits remembered of a question. */
const rememberedVisits = 8;

/** Eq. 10; infinite where every answer failed. */
export function difficulty(meanReward: number): number {
  return meanReward > 0 ? 1 / meanReward : Number.POSITIVE_INFINITY;
}

/** δ of Eq. 10: half the smallest mean reward above 0 that a group of G right or wrong answers can have. */
export function rewardFloor(settings: Pick<PoolSettings, 'floor'>, groupSize: number): number {
  return settings.floor > 0 ? settings.floor : 1 / (2 * groupSize);
}

/** w = (1 / max(mean r, δ))^(1/T), capped; or 1 and 0 under `zero-accuracy`. Weight 0 does not enter the pool. */
export function poolWeight(
  measured: Pick<Visit, 'reward' | 'accuracy'>,
  settings: PoolSettings,
  groupSize: number,
): number {
  switch (settings.rule) {
    case 'off':
      return 0;
    case 'zero-accuracy':
      return measured.accuracy === 0 ? 1 : 0;
    case 'weighted':
      return Math.min(
        settings.maxWeight,
        difficulty(Math.max(measured.reward, rewardFloor(settings, groupSize))) ** (1 / settings.temperature),
      );
    default:
      return settings.rule satisfies never;
  }
}

/** The group a question's difficulty is measured by. */
export function measuredVisit(question: PoolQuestion, settings: PoolSettings): Visit {
  const latest = question.history[question.history.length - 1];
  return settings.measure === 'base' ? (question.base ?? latest) : latest;
}

/** A question with one more visit. */
export function visited(question: PoolQuestion, visit: Visit): PoolQuestion {
  return {
    ...question,
    visits: question.visits + 1,
    history: [...question.history, visit].slice(-rememberedVisits),
  };
}

/**
 * The pool after a step: visited questions replace what was known of them, weight 0 leaves, and of the rest the sample
 * by weight stays: `size` questions of stages before `stage`, and `size` of it.
 */
export function updatePool(
  pool: Pool,
  seen: readonly PoolQuestion[],
  stage: number,
  settings: PoolSettings,
  groupSize: number,
  seed: number,
): Pool {
  const byIndex = new Map([...pool, ...seen].map((question) => [question.index, question]));
  const ranked = [...byIndex.values()]
    .map((question) => ({
      question,
      weight: poolWeight(measuredVisit(question, settings), settings, groupSize),
    }))
    .filter(({ weight }) => weight > 0)
    .map(({ question, weight }) => ({
      question,
      key: -Math.log(uniform(seed, 'admission', question.index)) / weight,
    }))
    .sort((a, b) => a.key - b.key || a.question.index - b.question.index);
  const stay = (isEarlier: boolean) =>
    ranked.filter(({ question }) => question.stage < stage === isEarlier).slice(0, settings.size);
  return [...stay(true), ...stay(false)].map(({ question }) => question).sort((a, b) => a.index - b.index);
}

/** Questions of stages before `stage`: what that stage may draw. */
export function drawable(pool: Pool, stage: number): PoolQuestion[] {
  return pool.filter((question) => question.stage < stage);
}

/**
 * Up to `count` different questions, those visited least first, ties by chance.
 * @param step keys the chance.
 */
export function drawTurns(
  questions: readonly PoolQuestion[],
  count: number,
  seed: number,
  step: number,
): PoolQuestion[] {
  return questions
    .map((question) => ({ question, turn: uniform(seed, 'turn', step, question.index) }))
    .sort((a, b) => a.question.visits - b.question.visits || a.turn - b.turn)
    .slice(0, count)
    .map(({ question }) => question);
}

/** @file Prompts to scored groups: G answers each, scored, with rewards normalised inside their group. */
import { RunPause } from '../errors';
import type { Rollout, RolloutWatch } from '../policy/types';
import type { DrawnPrompt } from './draw';
import { uniformReason } from './dynamic-sampling';
import { samplingOf, type TrainerSettings } from './settings';
import type {
  CombinedGroup,
  Policy,
  PromptItem,
  RewardCombiner,
  ScoredAnswer,
  ScoredGroup,
  Scorer,
} from './types';

/** Who answers and who scores. */
export interface Asking {
  policy: Policy;
  scorer: Scorer;
  combiner: RewardCombiner;
  /** Control of the learning proof: exchanges the rewards inside a group. */
  permuteRewards?(uid: string, count: number): number[];
}

/** Where prompts stand in a run: `firstInRound` numbers the groups, `firstInStep` keys their noise. */
export interface AskingPlace {
  step: number;
  round: number;
  firstInStep: number;
  firstInRound: number;
}

interface AskingWishes {
  /** Old log-probs of the answers will be asked for: they may be measured with the rollout. */
  learns?: boolean;
  /** Who looks at the answers to the first prompt while they are written, if anybody. */
  watch?(uid: string, item: PromptItem): RolloutWatch | undefined;
  /** Answers are there and nothing is scored yet; awaited. */
  onScore?(): void | Promise<void>;
}

/**
 * Samples G answers to each prompt, scores them, and says which groups dynamic sampling drops.
 * @throws RunPause `reward.nonfinite`, CodedError of the policy.
 */
export async function askGroups(
  asking: Asking,
  settings: TrainerSettings,
  place: AskingPlace,
  prompts: readonly DrawnPrompt[],
  timings: Record<string, number>,
  { learns = false, watch, onScore }: AskingWishes = {},
): Promise<ScoredGroup[]> {
  const begin = performance.now();
  let measured = 0;
  const onMeasured = (seconds: number) => {
    measured += seconds;
  };
  const rollouts = await asking.policy.rollout(
    prompts.map(({ item }, i) => ({
      promptTokens: item.tokens,
      groupSize: settings.groupSize,
      seed: settings.seed,
      step: place.step,
      promptIndex: place.firstInStep + i,
    })),
    samplingOf(settings),
    'current',
    learns ? { onMeasured } : undefined,
    watch?.(groupUid(place.step, place.round, place.firstInRound), prompts[0].item),
  );
  addTime(timings, 'gen', begin);
  if (measured > 0) {
    timings.gen -= measured;
    timings.old_log_prob = (timings.old_log_prob ?? 0) + measured;
  }
  await onScore?.();
  return score(asking, settings, place, prompts, rollouts, timings);
}

/** Adds the seconds since `begin` to a phase. */
export function addTime(timings: Record<string, number>, name: string, begin: number): void {
  timings[name] = (timings[name] ?? 0) + (performance.now() - begin) / 1000;
}

async function score(
  { policy, scorer, combiner, permuteRewards }: Asking,
  { filterGroups }: TrainerSettings,
  { step, round, firstInRound }: AskingPlace,
  prompts: readonly DrawnPrompt[],
  rollouts: Rollout[][],
  timings: Record<string, number>,
): Promise<ScoredGroup[]> {
  const begin = performance.now();
  const texts = rollouts.map((group) => group.map((rollout) => policy.decodeTokens(rollout.tokens)));
  const scores = await scorer.score(
    rollouts.flatMap((group, i) =>
      group.map((rollout, j) => ({
        question: prompts[i].item.question,
        text: texts[i][j],
        length: rollout.tokens.length,
      })),
    ),
  );
  addTime(timings, 'reward', begin);
  const combining = performance.now();
  let next = 0;
  const rows = rollouts.map((group, i) => {
    const own = group.map((rollout) => ({ score: scores[next++], length: rollout.tokens.length }));
    const order = permuteRewards?.(groupUid(step, round, firstInRound + i), own.length);
    return order ? order.map((from) => own[from]) : own;
  });
  const combined = await combiner.combine(rows);
  checkRewards(combined);
  addTime(timings, 'adv', combining);
  return rollouts.map((group, i) => {
    const { mean, std, varies, advantages, scores: own } = combined[i];
    const answers: ScoredAnswer[] = group.map((rollout, j) => ({
      text: texts[i][j],
      rollout,
      score: own[j],
      advantage: advantages[j],
      oldLogprobs: rollout.logprobs,
      update: null,
    }));
    const uid = groupUid(step, round, firstInRound + i);
    const dropReason = filterGroups.enable && !varies ? uniformReason(own) : null;
    return { uid, ...prompts[i], answers, mean, std, kept: false, dropReason };
  });
}

/** @throws RunPause `reward.nonfinite`, before anything is learned from such a reward. */
function checkRewards(groups: readonly CombinedGroup[]): void {
  if (groups.every(({ scores }) => scores.every(({ total }) => Number.isFinite(total)))) return;
  throw new RunPause(
    'reward.nonfinite',
    'A reward is not a finite number; the step was given up and the weights are as they were.',
    'Look at the reward settings and the judge, then go on from the last checkpoint.',
  );
}

/** Unique in a run. */
function groupUid(step: number, round: number, index: number): string {
  return `${step}-${round}-${index}`;
}

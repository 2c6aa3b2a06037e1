/**
 * @file What flows through the training loop: prompts in, scored groups and step records out.
 * The loop sees the policy, the scorer and the task source only through these interfaces.
 */
import type { CodedError } from '../errors';
import type {
  EvaluateWithRollout,
  ObjectiveOptions,
  OptimizerOptions,
  Rollout,
  RolloutRequest,
  RolloutWatch,
  SamplingOptions,
  TokenStats,
  TrainGroup,
  UpdateStats,
} from '../policy/types';
import type { Score } from '../reward/types';
import type { Question } from '../tasks/types';
import type { LengthBracket, StageMark } from './curriculum';
import type { PoolQuestion } from './retrospective';

/** A question ready for the policy. */
export interface PromptItem {
  question: Question;
  tokens: Uint32Array;
  /** The prompt as text, for records. */
  text: string;
}

/** Questions without end, deterministic: the same index and lengths give the same item. */
export interface TaskSource {
  /** @param lengths of the prompt; without them the source's own window decides. */
  item(index: number, lengths?: LengthBracket): PromptItem;
  /** How many different questions there are where no lengths are asked for; absent where there are more all the time. */
  readonly distinct?: number;
}

/** Where a prompt came from. */
export interface PromptOrigin {
  /** Index in the task source. */
  index: number;
  /** What was known of a retrospective question before this visit; null for a fresh one. */
  history: PoolQuestion | null;
}

/** The policy as the loop sees it. */
export interface Policy {
  /**
   * Answers of the current weights, or of those the run began with; `measure` asks for `evaluated` where that pays, `watch` sees
   * the answers to the first request grow.
   */
  rollout(
    requests: RolloutRequest[],
    sampling: SamplingOptions,
    weights?: 'current' | 'reference',
    measure?: EvaluateWithRollout,
    watch?: RolloutWatch,
  ): Promise<Rollout[][]>;
  /** Log-probs and entropies of given answers under the current weights, or those the run began with. */
  evaluate(
    groups: TrainGroup[],
    temperature: number,
    weights?: 'current' | 'reference',
  ): Promise<TokenStats[][]>;
  /** One optimiser step on Σ weight · token objective. */
  update(
    groups: TrainGroup[],
    objective: ObjectiveOptions,
    optimizer: OptimizerOptions,
  ): Promise<UpdateStats>;
  /** A new beginning for the optimiser: no moments, and the present weights as the reference where one is kept. */
  startOver(): void;
  decodeTokens(tokens: Uint32Array): string;
}

export interface ScoreRequest {
  question: Question;
  text: string;
  /** Generated tokens, the end token included. */
  length: number;
}

export interface Scorer {
  score(requests: ScoreRequest[]): Promise<Score[]>;
}

export interface ScoredLength {
  score: Score;
  /** Generated tokens, the end token included. */
  length: number;
}

export interface CombinedGroup {
  mean: number;
  /** Sample standard deviation (n − 1). */
  std: number;
  /** What `filter_groups.metric` looks at is not the same for all answers: the group has something to teach. */
  varies: boolean;
  /** The scores with base, overlong term, total and correctness as combined. */
  scores: Score[];
  advantages: ArrayLike<number>;
}

/** Combines rule, judge and length into rewards, and normalises them within each group. */
export interface RewardCombiner {
  combine(groups: readonly (readonly ScoredLength[])[]): Promise<CombinedGroup[]>;
}

export interface ScoredAnswer {
  text: string;
  rollout: Rollout;
  score: Score;
  advantage: number;
  /** log π_old, the denominator of the ratio: one a token. */
  oldLogprobs: Float32Array;
  /** log π_ref under the weights the run began with; absent where no reference is kept. */
  refLogprobs?: Float32Array;
  /** 0 for a token whose policy gradient was left out (negative-gradient clipping, AEPO); absent where none was. */
  policyMask?: Uint8Array;
  /** Log-probs and entropies at the optimiser update that used this answer; null while unused. */
  update: { index: number; logprobs: Float32Array; entropies: Float32Array } | null;
}

/** `probe`: asked to see where warm-up stands, not to learn from. */
export type DropReason = 'all right' | 'all wrong' | 'uniform reward' | 'surplus' | 'probe';

export interface ScoredGroup {
  /** Unique in the run: `step-round-index`. */
  uid: string;
  item: PromptItem;
  answers: ScoredAnswer[];
  mean: number;
  /** Sample standard deviation (n − 1). */
  std: number;
  kept: boolean;
  dropReason: DropReason | null;
  /** Absent where the group was not drawn by the training loop. */
  origin?: PromptOrigin;
}

/** One finished training step. */
export interface StepRecord {
  step: number;
  /** Stage of the curriculum; null or absent in a run without stages. */
  stage?: StageMark | null;
  /** Values by canonical metric name. */
  metrics: Record<string, number>;
  groups: ScoredGroup[];
  /** Optimiser updates made in this step. */
  updates: number;
  /** What the person should know; the run goes on. */
  notices?: readonly CodedError[];
}

/** What one optimiser update did, for the metrics. */
export interface UpdateResult {
  groups: ScoredGroup[];
  tokens: TokenStats[][];
  /** Loss weight of each token, answer by answer. */
  weights: Float32Array[];
  gradNorm: number;
  /** All terms: policy, entropy, divergence. */
  loss: number;
  learningRate: number;
  objective: ObjectiveOptions;
}

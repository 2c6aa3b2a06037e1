/**
 * @file The stages of a run. Supervised warm-up comes first, where there is one; then curriculum-guided phased RL (paper
 * Eq. 9): stage k is trained on questions with L_{k−1} < |x| + |c| ≤ L_k, L_0 = 0. A stage ends by the first of its stop
 * rules that holds.
 *
 * |x| + |c| is the length of the whole prompt in tokens, template included. All functions are pure: the state is data
 * that a checkpoint keeps.
 */
import { CodedError } from '../errors';
import { mean } from './statistics';

/** Prompt lengths in tokens: over < length ≤ max. */
export interface LengthBracket {
  over: number;
  max: number;
}

/** The reward has stopped rising: no mean over `window` steps beat the best one by `gain` for `patience` steps. */
export interface Plateau {
  window: number;
  gain: number;
  patience: number;
}

/** Null switches a rule off. */
export interface StopRule {
  /** Steps of the stage. */
  steps: number | null;
  /** Of RL stages. */
  plateau: Plateau | null;
  /** The stage ends when a step's mean token entropy is below this, nats; of RL stages. */
  entropyFloor: number | null;
  /** Warm-up ends before certainty: as soon as this share of its probe's groups vary (see `isReadyForRl`). */
  vary: number | null;
}

/** Supervised warm-up (Eq. 11), or reinforcement learning. */
export type StageKind = 'sft' | 'rl';

export interface Stage {
  kind: StageKind;
  name: string;
  /** L_k, tokens. */
  maxTokens: number;
  stop: StopRule;
  /** Share of prompts that are retrospective, in [0, 1); null takes the pool's. */
  share: number | null;
}

export type StopReason = 'steps' | 'plateau' | 'entropy' | 'vary';

/** Where a run stands in its stages. */
export interface CurriculumState {
  /** Index of the stage. */
  stage: number;
  /** Steps done in it. */
  steps: number;
  /** Mean rewards of its last steps, newest last: what the plateau rule looks at. */
  rewards: number[];
  /** Best mean over a plateau window so far. */
  best: number | null;
  /** Steps since `best` was beaten. */
  stale: number;
  /** The last stage has ended; training can go on in it. */
  done: boolean;
}

/** The stage a step belonged to. */
export interface StageMark {
  kind: StageKind;
  /** Index of the stage in the list. */
  index: number;
  /** See stageNumber. */
  number: number;
  name: string;
  lengths: LengthBracket;
  /** Steps of the stage, this one included. */
  steps: number;
  /** Why the stage ended with this step; null while it goes on. */
  ended: StopReason | null;
  /** Whether it is the last one. */
  isLast: boolean;
}

/** Sampled answers to held-out questions in the middle of warm-up, as shares of their groups. */
export interface ProbeOutcome {
  /** Groups with right and wrong answers. */
  vary: number;
  allRight: number;
  allWrong: number;
}

/** What one step tells the stop rules. */
export interface StepOutcome {
  /** Mean task reward of the step's fresh questions. */
  reward: number;
  /** Mean token entropy, nats. */
  entropy: number;
  /** Of a warm-up step that asked. */
  probe?: ProbeOutcome;
}

/** The state at the start of a stage. */
export function stageStart(stage = 0): CurriculumState {
  return { stage, steps: 0, rewards: [], best: null, stale: 0, done: false };
}

/** How many stages are warm-up; they are the first ones. */
export function warmupStages(stages: readonly Stage[]): number {
  return stages.filter(({ kind }) => kind === 'sft').length;
}

/** As people count: RL from 1, warm-up before it 0, and below where there is more of it. */
export function stageNumber(stages: readonly Stage[], stage: number): number {
  return stage + 1 - warmupStages(stages);
}

/** Lengths of a stage; exclusive below (Eq. 9). Warm-up takes the upper half of what it may. */
export function bracketOf(stages: readonly Stage[], stage: number): LengthBracket {
  const max = stages[stage].maxTokens;
  if (stages[stage].kind === 'sft') return { over: Math.floor(max / 2), max };
  return { over: stage === warmupStages(stages) ? 0 : stages[stage - 1].maxTokens, max };
}

/** @throws CodedError `curriculum.order`, `curriculum.endless`, `curriculum.share`. */
export function checkStages(stages: readonly Stage[]): void {
  stages.forEach((stage, i) => {
    const before = stages[i - 1];
    if (before?.kind === 'rl' && stage.kind === 'sft') {
      throw new CodedError(
        'curriculum.order',
        `Warm-up stands after "${before.name}".`,
        'Put sft: stages before all others.',
      );
    }
    if (before?.kind === stage.kind && stage.maxTokens <= before.maxTokens) {
      throw new CodedError(
        'curriculum.order',
        `Stage ${i + 1} goes up to ${stage.maxTokens} tokens, stage ${i} up to ${before.maxTokens}: nothing lies between.`,
        'Give each stage a longer input than the one before.',
      );
    }
    if (i < stages.length - 1 && Object.values(stage.stop).every((rule) => rule === null)) {
      throw new CodedError(
        'curriculum.endless',
        `Stage ${i + 1} has no stop rule, so stage ${i + 2} never begins.`,
        stage.kind === 'sft'
          ? 'Give it steps, such as sft:96x40, or a vary rule.'
          : 'Give it steps, such as 256x40, or a plateau or entropy rule.',
      );
    }
    if (stage.share !== null && !(stage.share >= 0 && stage.share < 1)) {
      throw new CodedError(
        'curriculum.share',
        `Stage ${i + 1} takes ${stage.share} of its questions from earlier stages; the share must be 0 or more and below 1.`,
        'Use a share such as 0.25.',
      );
    }
    if (stageNumber(stages, i) <= 1 && stage.share !== null && stage.share > 0) {
      throw new CodedError(
        'curriculum.share',
        `"${stage.name}" has no earlier stage to take retrospective questions from.`,
        'Leave its share out.',
      );
    }
  });
}

/**
 * Whether stages may be exchanged while stage `current` runs: past stages and the present bracket stay as they are; the
 * present stage's stop rule and share, and everything after it, may change.
 * @throws CodedError `curriculum.past`.
 */
export function checkStageEdit(before: readonly Stage[], after: readonly Stage[], current: number): void {
  for (let i = 0; i <= Math.min(current, before.length - 1); i++) {
    const [old, next] = [before[i], after[i]];
    const same =
      i < current
        ? next !== undefined && JSON.stringify(old) === JSON.stringify(next)
        : next?.maxTokens === old.maxTokens && next.kind === old.kind;
    if (!same) throw pastEdit(i, current);
  }
  if (before.length === 0 && after.length > 0) throw pastEdit(0, 0);
}

function pastEdit(stage: number, current: number): CodedError {
  return new CodedError(
    'curriculum.past',
    stage < current
      ? `Stage ${stage + 1} is over and stays as it was.`
      : `Stage ${stage + 1} is under way; its lengths stay as they are.`,
    'Change later stages, or the stop rule of the present one; for other lengths start a new run.',
  );
}

/** A run whose last stage had ended goes on with a stage that was added since. */
export function resumeStage(state: CurriculumState, stages: readonly Stage[]): CurriculumState {
  return state.done && state.stage + 1 < stages.length ? stageStart(state.stage + 1) : state;
}

/** The state after a step, and why the stage ended with it, if it did. Without stages nothing changes. */
export function advanceStage(
  state: CurriculumState,
  stages: readonly Stage[],
  outcome: StepOutcome,
): { state: CurriculumState; ended: StopReason | null } {
  if (stages.length === 0) return { state, ended: null };
  const steps = state.steps + 1;
  const { stop } = stages[state.stage];
  const watched = { ...state, steps, ...watchPlateau(state, stop.plateau, outcome.reward) };
  const ended = state.done ? null : stopReason(watched, stop, outcome);
  if (ended === null) return { state: watched, ended };
  const isLast = state.stage + 1 >= stages.length;
  return { state: isLast ? { ...watched, done: true } : stageStart(state.stage + 1), ended };
}

function watchPlateau(
  state: CurriculumState,
  plateau: Plateau | null,
  reward: number,
): Pick<CurriculumState, 'rewards' | 'best' | 'stale'> {
  if (plateau === null) return { rewards: [], best: null, stale: 0 };
  const rewards = [...state.rewards, reward].slice(-plateau.window);
  if (rewards.length < plateau.window) return { rewards, best: state.best, stale: state.stale };
  const level = mean(rewards);
  return state.best === null || level > state.best + plateau.gain
    ? { rewards, best: level, stale: 0 }
    : { rewards, best: state.best, stale: state.stale + 1 };
}

function stopReason(
  { steps, stale }: CurriculumState,
  { steps: limit, plateau, entropyFloor, vary }: StopRule,
  { entropy, probe }: StepOutcome,
): StopReason | null {
  if (limit !== null && steps >= limit) return 'steps';
  if (plateau !== null && stale >= plateau.patience) return 'plateau';
  if (entropyFloor !== null && entropy < entropyFloor) return 'entropy';
  if (vary !== null && probe && isReadyForRl(probe, vary)) return 'vary';
  return null;
}

/**
 * Whether warm-up has done its part: a share `vary` of the groups hold right and wrong answers, or more groups are all
 * right than all wrong. From there on it would only make groups uniform, and those give RL nothing.
 */
function isReadyForRl(probe: ProbeOutcome, vary: number): boolean {
  return probe.vary >= vary || probe.allRight > probe.allWrong;
}

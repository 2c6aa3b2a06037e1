/**
 * @file Supervised warm-up (paper Eq. 11) as stages of a run, before reinforcement learning.
 *
 *   L = −E[ (1 / |y*|) Σ_t log π(y*_t | x, c, y*_<t) ]
 *
 * An example is a prefix that several continuations share, each a supervised sequence; the weight of a token says how
 * much of its sequence it is. Every few steps the policy is asked held-out questions: its answers are what the page
 * shows, their groups what the stop rule looks at.
 */
import { CodedError } from '../errors';
import type { TrainGroup, UpdateStats } from '../policy/types';
import { type Asking, addTime, askGroups } from './ask-groups';
import {
  advanceStage,
  bracketOf,
  type CurriculumState,
  type LengthBracket,
  type ProbeOutcome,
  stageNumber,
  warmupStages,
} from './curriculum';
import { learningRate } from './learning-rate';
import { uniform } from './random';
import type { SupervisedMean, TrainerSettings } from './settings';
import type { Policy, ScoredGroup, StepRecord, TaskSource } from './types';

/** Examples without end, deterministic: the same index and lengths give the same one. */
export interface ExampleSource {
  /** @param lengths of prefix and question together. Weights count a token's part in its sequence; 0 masks it. */
  example(index: number, lengths: LengthBracket): TrainGroup;
}

export interface WarmupSources {
  examples: ExampleSource;
  /** Held-out questions to probe with. */
  questions: TaskSource;
}

/** What supervised stages have done. */
export interface WarmupState {
  steps: number;
  /** Examples learned from. */
  examples: number;
}

interface Ports {
  asking: Asking;
  sources: WarmupSources;
  settings: TrainerSettings;
  onPhase?(progress: {
    phase: 'score' | 'update';
    round: number;
    kept: number;
    wanted: number;
  }): void | Promise<void>;
  onGroups?(groups: ScoredGroup[]): void;
}

export interface SupervisedStep {
  record: StepRecord;
  curriculum: CurriculumState;
  warmup: WarmupState;
}

/** One update of a supervised stage, with a probe where one is due. @throws CodedError from policy and sources. */
export async function supervisedStep(
  { asking, sources, settings, onPhase, onGroups }: Ports,
  step: number,
  curriculum: CurriculumState,
  state: WarmupState,
): Promise<SupervisedStep> {
  const started = performance.now();
  const timings: Record<string, number> = {};
  const { stages, sft } = settings;
  const { stage } = curriculum;
  const lengths = bracketOf(stages, stage);
  const groups = exampleIndices(state.examples, settings).map((index) =>
    sources.examples.example(index, lengths),
  );
  const told = performance.now();
  await onPhase?.({ phase: 'update', round: 0, kept: groups.length, wanted: groups.length });
  // Whoever held the step here took no time of it.
  const begun = started + performance.now() - told;
  const lr = learningRate(state.steps + 1, sft);
  const { loss, gradNorm } = await supervisedUpdate(asking.policy, groups, sft.mean, {
    learningRate: lr,
    beta1: settings.beta1,
    beta2: settings.beta2,
    epsilon: settings.adamEpsilon,
    weightDecay: settings.weightDecay,
    maxGradNorm: settings.gradClip,
  });
  addTime(timings, 'update_actor', begun);
  const warmup = { steps: state.steps + 1, examples: state.examples + groups.length };
  const steps = curriculum.steps + 1;
  const isDue = (sft.probeEvery > 0 && steps % sft.probeEvery === 0) || steps === stages[stage].stop.steps;
  const { asked, notices } = isDue
    ? await probeOrNotice(() => probe(asking, sources.questions, settings, step, timings))
    : { asked: [], notices: [] };
  if (asked.length > 0) onGroups?.(asked);
  const outcome = asked.length > 0 ? probeOutcome(asked) : undefined;
  const advanced = advanceStage(curriculum, stages, { reward: 0, entropy: Infinity, probe: outcome });
  timings.step = (performance.now() - begun) / 1000;
  const tokens = tokenCounts(groups);
  const record: StepRecord = {
    step,
    stage: {
      kind: 'sft',
      index: stage,
      number: stageNumber(stages, stage),
      name: stages[stage].name,
      lengths,
      steps,
      ended: advanced.ended,
      isLast: stage + 1 === stages.length,
    },
    groups: asked,
    updates: 1,
    ...(notices.length > 0 && { notices }),
    metrics: {
      'train/loss': loss,
      'actor/grad_norm': gradNorm,
      'actor/lr': lr,
      'sft/tokens': tokens.supervised,
      ...(sft.examples > 0 && { 'sft/epoch': warmup.examples / sft.examples }),
      ...(outcome && probeMetrics(asked, outcome)),
      'curriculum/stage': stageNumber(stages, stage),
      'curriculum/stage_steps': steps,
      'curriculum/max_input': lengths.max,
      'perf/total_num_tokens': tokens.all,
      'perf/time_per_step': timings.step,
      'perf/throughput': tokens.all / timings.step,
      ...Object.fromEntries(Object.entries(timings).map(([name, seconds]) => [`timing_s/${name}`, seconds])),
    },
  };
  return { record, curriculum: advanced.state, warmup };
}

/** One optimiser step on supervised examples, whose weights are still counts. @returns loss in nats and gradient norm. */
export function supervisedUpdate(
  policy: Pick<Policy, 'update'>,
  groups: readonly TrainGroup[],
  mean: SupervisedMean,
  optimizer: Parameters<Policy['update']>[2],
): Promise<UpdateStats> {
  return policy.update(
    meanWeights(groups, mean),
    {
      kind: 'supervised',
      temperature: 1,
      clipRatioLow: 0,
      clipRatioHigh: 0,
      clipRatioC: 0,
      klCoef: 0,
      klType: 'k3',
      entropyCoef: 0,
    },
    optimizer,
  );
}

/** Counts as loss weights: those of all tokens sum to 1, by sequence in equal parts or all alike. */
export function meanWeights(groups: readonly TrainGroup[], mean: SupervisedMean): TrainGroup[] {
  const sums = groups.map(({ answers }) => answers.map(({ weights }) => weights.reduce((a, b) => a + b, 0)));
  const all = sums.reduce((sum, own) => sum + own.reduce((a, b) => a + b, 0), 0);
  const sequences = sums.flat().filter((sum) => sum > 0).length;
  return groups.map((group, i) => ({
    ...group,
    answers: group.answers.map((answer, j) => {
      const whole = mean === 'token' ? all : sums[i][j] * sequences;
      return { ...answer, weights: answer.weights.map((weight) => (weight === 0 ? 0 : weight / whole)) };
    }),
  }));
}

/** Where the next examples of a run stand in the source, after `first`: each epoch of a data set in an order of its own. */
function exampleIndices(first: number, { seed, sft }: TrainerSettings): number[] {
  const counts = Array.from({ length: sft.documents }, (_, i) => first + i);
  if (sft.examples === 0) return counts;
  const orders = new Map<number, number[]>();
  const orderOf = (epoch: number) =>
    Array.from({ length: sft.examples }, (_, i) => ({ i, at: uniform(seed, 'epoch', epoch, i) }))
      .sort((a, b) => a.at - b.at)
      .map(({ i }) => i);
  return counts.map((count) => {
    const epoch = Math.floor(count / sft.examples);
    const order = orders.get(epoch) ?? orderOf(epoch);
    orders.set(epoch, order);
    return order[count % sft.examples];
  });
}

/** The update is made by then: a probe that fails is told, and the step stands. @throws what the device throws. */
async function probeOrNotice(
  ask: () => Promise<ScoredGroup[]>,
): Promise<{ asked: ScoredGroup[]; notices: CodedError[] }> {
  try {
    return { asked: await ask(), notices: [] };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code.startsWith('gpu.')) throw error;
    return { asked: [], notices: [error] };
  }
}

/** Held-out questions of the lengths that come first after warm-up, always the same ones. */
async function probe(
  asking: Asking,
  questions: TaskSource,
  settings: TrainerSettings,
  step: number,
  timings: Record<string, number>,
): Promise<ScoredGroup[]> {
  const { stages, sft } = settings;
  const first = warmupStages(stages);
  const lengths = first < stages.length ? bracketOf(stages, first) : undefined;
  const prompts = Array.from({ length: sft.probeQuestions }, (_, index) => ({
    item: questions.item(index, lengths),
    origin: { index, history: null },
  }));
  const groups = await askGroups(
    asking,
    settings,
    { step, round: 0, firstInStep: 0, firstInRound: 0 },
    prompts,
    timings,
  );
  return groups.map((group) => ({ ...group, dropReason: 'probe' as const }));
}

function probeOutcome(groups: readonly ScoredGroup[]): ProbeOutcome {
  const share = (holds: (right: number, all: number) => boolean) =>
    groups.filter(({ answers }) => holds(answers.filter(({ score }) => score.correct).length, answers.length))
      .length / groups.length;
  return {
    vary: share((right, all) => right > 0 && right < all),
    allRight: share((right, all) => right === all),
    allWrong: share((right) => right === 0),
  };
}

function probeMetrics(groups: readonly ScoredGroup[], outcome: ProbeOutcome): Record<string, number> {
  const answers = groups.flatMap((group) => group.answers);
  const right = answers.filter(({ score }) => score.correct).length;
  const lengths = answers.map(({ rollout }) => rollout.tokens.length);
  return {
    'sft/accuracy': right / answers.length,
    'sft/groups_vary': outcome.vary,
    'sft/groups_all_right': outcome.allRight,
    'sft/groups_all_wrong': outcome.allWrong,
    'response_length/mean': lengths.reduce((a, b) => a + b, 0) / lengths.length,
  };
}

function tokenCounts(groups: readonly TrainGroup[]): { all: number; supervised: number } {
  let all = 0;
  let supervised = 0;
  for (const { promptTokens, answers } of groups) {
    all += promptTokens.length;
    for (const { tokens, weights } of answers) {
      all += tokens.length;
      supervised += weights.filter((weight) => weight !== 0).length;
    }
  }
  return { all, supervised };
}

/**
 * @file One training step of GRPO / DAPO over the interfaces `Policy`, `Scorer` and `TaskSource`.
 *
 *   draw prompts → G answers each → scores → group advantages → keep groups whose rewards vary, draw again until
 *   enough are kept or the bound is reached → advantages over the batch, gradient masks → old log-probs → clipped objective, one optimiser update a mini-batch.
 *
 * Simplifications: all prompts of a step come from one task source; old log-probs are those of the weights at the
 * start of the step; the reference policy is not kept unless a KL coefficient asks for it.
 */
import type { CodedError } from '../errors';
import type { RolloutWatch, TrainGroup } from '../policy/types';
import { type Asking, addTime, askGroups } from './ask-groups';
import { measureBase } from './base-difficulty';
import { type CurriculumState, resumeStage } from './curriculum';
import { type DrawState, drawStart, StepDraw } from './draw';
import { boundPause, decideRefill, noneVary } from './dynamic-sampling';
import { learningRate } from './learning-rate';
import { stepMetrics } from './metrics';
import { prepareBatch } from './prepare-batch';
import type { TrainerSettings } from './settings';
import { supervisedStep, type WarmupSources, type WarmupState } from './supervised';
import type {
  Policy,
  PromptItem,
  RewardCombiner,
  ScoredAnswer,
  ScoredGroup,
  Scorer,
  StepRecord,
  TaskSource,
  UpdateResult,
} from './types';
import { lossWeights, objectiveOptions, ratioDenominator } from './update-terms';

export interface TrainerProgress {
  phase: 'rollout' | 'score' | 'update';
  round: number;
  kept: number;
  wanted: number;
}

export interface TrainerHooks {
  /** A part of a step begins. Awaited: whoever wants to look at what is there holds the step here. */
  onPhase?(progress: TrainerProgress): void | Promise<void>;
  /** Who looks at the first group of a rollout while it is answered, if anybody. */
  watch?(uid: string, item: PromptItem): RolloutWatch | undefined;
  /** Groups as soon as they are scored, before any update. */
  onGroups?(groups: ScoredGroup[]): void;
  /** Control of the learning proof: exchanges the rewards inside a group. */
  permuteRewards?(uid: string, count: number): number[];
}

/** Everything besides the weights that the next step depends on. */
export interface TrainerState extends DrawState {
  step: number;
  /** Steps and examples of supervised stages so far. */
  warmup: WarmupState;
  /** AEPO takes answers with negative advantage out; absent = no. */
  aepoActive?: boolean;
}

export class Trainer {
  state: TrainerState = { step: 0, warmup: { steps: 0, examples: 0 }, ...drawStart() };
  private readonly policy: Policy;
  private readonly asking: Asking;
  private readonly hooks: TrainerHooks;
  /** Exchangeable while paused: a new document brings a new source. */
  tasks: TaskSource;
  /** What supervised stages learn from and are probed with; a run without such stages needs none. */
  warmup: WarmupSources | null = null;
  /** Codes of the last step's notices. */
  private noticed: ReadonlySet<string> = new Set();
  /** Milliseconds for which the step in flight was held between its parts. */
  private heldMs = 0;
  /** Read at every use, so that a changed setting acts on the next update or batch. */
  settings: TrainerSettings;

  constructor(
    policy: Policy,
    scorer: Scorer,
    combiner: RewardCombiner,
    tasks: TaskSource,
    settings: TrainerSettings,
    hooks: TrainerHooks = {},
  ) {
    this.policy = policy;
    this.asking = { policy, scorer, combiner, permuteRewards: hooks.permuteRewards };
    this.tasks = tasks;
    this.settings = settings;
    this.hooks = hooks;
  }

  /** Whether the next step is one of a supervised stage. */
  get supervises(): boolean {
    const { stages } = this.settings;
    return stages[resumeStage(this.state.curriculum, stages).stage]?.kind === 'sft';
  }

  /**
   * The prompt that the next step asks first, as settings and questions are now; null where that step asks none.
   * @throws CodedError of the task source, RunPause `pool.empty`.
   */
  upcoming(): PromptItem | null {
    if (this.supervises) return null;
    const { settings, state } = this;
    const draw = new StepDraw(this.tasks, settings, state, state.step + 1);
    return draw.round(this.roundSize)[0].item;
  }

  /** Prompts of a round. */
  private get roundSize(): number {
    const { filterGroups, genBatchSize, trainBatchSize } = this.settings;
    return filterGroups.enable ? genBatchSize : trainBatchSize;
  }

  /** Runs one step. @throws CodedError from the policy, RunPause at the bound of rounds; the state is unchanged then. */
  async step(): Promise<StepRecord> {
    const { stages } = this.settings;
    const curriculum = resumeStage(this.state.curriculum, stages);
    if (stages[curriculum.stage]?.kind === 'sft') return this.supervised(curriculum);
    // Idempotent, so that a step given up and begun again after warm-up does it again.
    if (stages[curriculum.stage - 1]?.kind === 'sft' && curriculum.steps === 0) this.policy.startOver();
    return this.reinforced();
  }

  private async supervised(curriculum: CurriculumState): Promise<StepRecord> {
    if (!this.warmup) throw new Error('a supervised stage needs sources');
    const { asking, warmup: sources, settings, state } = this;
    const step = state.step + 1;
    const done = await supervisedStep(
      { asking, sources, settings, onPhase: this.hooks.onPhase, onGroups: this.hooks.onGroups },
      step,
      curriculum,
      state.warmup,
    );
    this.state = { ...state, step, curriculum: done.curriculum, warmup: done.warmup };
    return done.record;
  }

  private async reinforced(): Promise<StepRecord> {
    const started = performance.now();
    const timings: Record<string, number> = {};
    const step = this.state.step + 1;
    this.heldMs = 0;
    const batch = await this.gather(step, timings);
    const kept = batch.groups.filter((group) => group.kept);
    const aepoActive = prepareBatch(kept, this.state.aepoActive ?? false, this.settings);
    const updates = await this.update(step, kept, timings);
    timings.step = (performance.now() - started - this.heldMs) / 1000;
    const metrics = stepMetrics({
      groups: batch.groups,
      rounds: batch.rounds,
      updates,
      aepoActive,
      timings,
      settings: this.settings,
    });
    const drawn = batch.draw.finish(batch.groups, metrics['actor/entropy'], batch.base);
    this.state = { ...this.state, step, ...drawn.state, aepoActive };
    const notices = this.news([
      ...drawn.notices,
      ...(batch.groups.some(({ std }) => std > 0) ? [] : [noneVary(batch.groups)]),
    ]);
    return {
      step,
      ...(notices.length > 0 && { notices }),
      stage: drawn.stage,
      groups: batch.groups,
      updates: updates.length,
      metrics: { ...metrics, ...drawn.metrics },
    };
  }

  /** Tells that a part of the step begins, and waits where it is held. */
  private async begin(progress: TrainerProgress): Promise<void> {
    const asked = performance.now();
    await this.hooks.onPhase?.(progress);
    this.heldMs += performance.now() - asked;
  }

  /** Notices that the step before did not give. */
  private news(notices: CodedError[]): CodedError[] {
    const known = this.noticed;
    this.noticed = new Set(notices.map(({ code }) => code));
    return notices.filter(({ code }) => !known.has(code));
  }

  /** Draws rounds of prompts until `train_batch_size` groups vary or the bound is reached. */
  private async gather(step: number, timings: Record<string, number>) {
    const settings = this.settings;
    const wanted = settings.trainBatchSize;
    const groups: ScoredGroup[] = [];
    const draw = new StepDraw(this.tasks, settings, this.state, step);
    let rounds = 0;
    let kept = 0;
    let keptAt = 0;
    const refill = () =>
      decideRefill({
        keptPrompts: kept,
        batchPrompts: wanted,
        generatedBatches: rounds,
        barrenBatches: rounds - keptAt,
        maxGeneratedBatches: settings.filterGroups.maxNumGenBatches,
        onBound: settings.filterGroups.onBound,
      });
    while (refill() === 'draw more') {
      const prompts = draw.round(this.roundSize);
      // A group's noise has its own keys, so cutting a round into parts changes no answer; the very first group of a
      // run comes alone, to be seen at once.
      const parts = step === 1 && rounds === 0 ? [prompts.slice(0, 1), prompts.slice(1)] : [prompts];
      let drawn = 0;
      for (const part of parts) {
        if (part.length === 0) continue;
        const progress = { round: rounds + 1, kept, wanted };
        await this.begin({ phase: 'rollout', ...progress });
        const place = { step, round: rounds + 1, firstInStep: groups.length, firstInRound: drawn };
        const learns = settings.oldLogProb !== 'sampled';
        const onScore = () => this.begin({ phase: 'score', ...progress });
        const wishes = { learns, onScore, watch: this.hooks.watch };
        const scored = await askGroups(this.asking, settings, place, part, timings, wishes);
        drawn += part.length;
        for (const group of scored) {
          if (!group.dropReason && kept >= wanted) group.dropReason = 'surplus';
          group.kept = group.dropReason === null;
          if (group.kept) [kept, keptAt] = [kept + 1, rounds + 1];
        }
        groups.push(...scored);
        this.hooks.onGroups?.(scored);
      }
      rounds++;
    }
    if (refill() === 'pause') throw boundPause(groups, rounds, wanted);
    const fresh = groups.filter((group) => !group.origin?.history);
    const base =
      draw.collects && settings.pool.measure === 'base'
        ? await measureBase(this.asking, fresh, settings, step)
        : null;
    return { groups, rounds, draw, base };
  }

  private async measureOld(kept: ScoredGroup[], timings: Record<string, number>): Promise<void> {
    const begin = performance.now();
    const { temperature } = this.settings;
    // What was measured with the rollout is of the same weights; a temperature set since then is not.
    const found = ({ rollout: { evaluated } }: ScoredAnswer) =>
      evaluated?.temperature === temperature ? [evaluated.logprobs] : [];
    const unknown = kept.filter(({ answers }) => answers.flatMap(found).length < answers.length);
    const measured = await this.policy.evaluate(
      unknown.map((group) => trainGroup(group)),
      temperature,
    );
    for (const group of kept) {
      const again = measured[unknown.indexOf(group)];
      const old = again ? again.map(({ logprobs }) => logprobs) : group.answers.flatMap(found);
      group.answers.forEach((answer, j) => {
        answer.oldLogprobs = ratioDenominator(answer.rollout, old[j], this.settings);
      });
    }
    addTime(timings, 'old_log_prob', begin);
  }

  private async measureReference(kept: ScoredGroup[], timings: Record<string, number>): Promise<void> {
    const begin = performance.now();
    const reference = await this.policy.evaluate(
      kept.map((group) => trainGroup(group)),
      this.settings.temperature,
      'reference',
    );
    kept.forEach((group, i) => {
      group.answers.forEach((answer, j) => {
        answer.refLogprobs = reference[i][j].logprobs;
      });
    });
    addTime(timings, 'ref', begin);
  }

  /** One optimiser update a mini-batch, `ppoEpochs` times over the batch. */
  private async update(
    step: number,
    kept: ScoredGroup[],
    timings: Record<string, number>,
  ): Promise<UpdateResult[]> {
    if (kept.length === 0) return [];
    const wanted = kept.length;
    await this.begin({ phase: 'update', round: 0, kept: wanted, wanted });
    // The log-probs of the rollout stand already where the ratio is to use them.
    if (this.settings.oldLogProb !== 'sampled') await this.measureOld(kept, timings);
    if (this.settings.useReference) await this.measureReference(kept, timings);
    const begin = performance.now();
    const results: UpdateResult[] = [];
    for (let epoch = 0; epoch < this.settings.ppoEpochs; epoch++) {
      for (const groups of miniBatches(kept, this.settings.miniBatchSize)) {
        const settings = this.settings;
        const objective = objectiveOptions(settings);
        const weights = lossWeights(groups, settings);
        let next = 0;
        const batch = groups.map((group) => ({
          ...trainGroup(group),
          answers: trainGroup(group).answers.map((answer) => ({ ...answer, weights: weights[next++] })),
        }));
        const lr = learningRate(step - this.state.warmup.steps, settings);
        const stats = await this.policy.update(batch, objective, {
          learningRate: lr,
          beta1: settings.beta1,
          beta2: settings.beta2,
          epsilon: settings.adamEpsilon,
          weightDecay: settings.weightDecay,
          maxGradNorm: settings.gradClip,
        });
        const index = results.length + 1;
        groups.forEach((group, i) => {
          group.answers.forEach((answer, j) => {
            answer.update = { index, ...stats.tokens[i][j] };
          });
        });
        results.push({
          groups,
          tokens: stats.tokens,
          weights,
          gradNorm: stats.gradNorm,
          loss: stats.loss,
          learningRate: lr,
          objective,
        });
        await this.begin({ phase: 'update', round: index, kept: wanted, wanted });
      }
    }
    addTime(timings, 'update_actor', begin);
    return results;
  }
}

function trainGroup(group: ScoredGroup): TrainGroup {
  return {
    promptTokens: group.item.tokens,
    answers: group.answers.map((answer) => ({
      tokens: answer.rollout.tokens,
      oldLogprobs: answer.oldLogprobs,
      refLogprobs: answer.refLogprobs,
      policyMask: answer.policyMask,
      advantage: answer.advantage,
      weights: new Float32Array(answer.rollout.tokens.length).fill(1),
    })),
  };
}

function miniBatches(groups: ScoredGroup[], size: number): ScoredGroup[][] {
  const batches: ScoredGroup[][] = [];
  for (let i = 0; i < groups.length; i += size) batches.push(groups.slice(i, i + size));
  return batches;
}

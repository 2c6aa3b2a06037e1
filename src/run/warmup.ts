/**
 * @file The recipe of the shipped policy: supervised fine-tuning of a new policy on question–document–answer triplets, so
 * that RL begins with a policy that is sometimes right. Examples and update are those of a run's warm-up stages
 * (warmup-examples.ts, src/rl/supervised.ts); the mean is over all tokens.
 *
 * An example is a document window (the shared prefix) with several continuations: questions with reasoning and answer,
 * and pieces of the window restated. Windows grow in stages.
 */
import type { GpuPolicy } from '../policy/gpu-policy';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { TrainGroup } from '../policy/types';
import { supervisedUpdate } from '../rl/supervised';
import { Random } from '../tasks/random';
import { warmupExample } from '../tasks/warmup';
import { type ExampleRoom, windowGroup, wordPieces } from './warmup-examples';

export interface WarmupStage {
  /** Smallest and largest window of the stage. */
  windowTokens: readonly [number, number];
  /** The stage ends when this many tokens were processed since the beginning. */
  untilTokens: number;
}

export interface WarmupRecipe {
  seed: number;
  stages: readonly WarmupStage[];
  /** Documents an optimiser step. */
  documents: number;
  /** Questions a document. */
  questions: number;
  /** Weight in the loss of what follows the reasoning: finding where the answer begins in it is what comes last. */
  answerWeight: number;
  /** Longer continuations are left out. */
  maxAnswerTokens: number;
  learningRate: number;
  warmupSteps: number;
  /** Share of all tokens after which the learning rate falls linearly … */
  decayFrom: number;
  /** … to this share of its value. */
  decayTo: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  maxGradNorm: number;
}

export interface WarmupProgress {
  step: number;
  /** Tokens processed: each window once, each continuation once. */
  tokens: number;
}

export interface WarmupRecord extends WarmupProgress {
  /** Mean negative log-likelihood of the supervised tokens, nats. */
  loss: number;
  gradNorm: number;
  learningRate: number;
  windowTokens: readonly [number, number];
}

/** Runs a recipe step by step; the state is `progress` plus the policy's weights and moments. */
export class Warmup {
  progress: WarmupProgress = { step: 0, tokens: 0 };
  private readonly policy: GpuPolicy;
  private readonly tokenizer: PolicyTokenizer;
  readonly recipe: WarmupRecipe;
  private readonly pieces: string[];
  private readonly room: ExampleRoom;

  constructor(policy: GpuPolicy, tokenizer: PolicyTokenizer, recipe: WarmupRecipe) {
    this.policy = policy;
    this.tokenizer = tokenizer;
    this.recipe = recipe;
    this.pieces = wordPieces(tokenizer);
    const any = Number.POSITIVE_INFINITY;
    this.room = {
      prompt: any,
      answer: any,
      continuation: recipe.maxAnswerTokens,
      group: any,
      continuations: any,
    };
  }

  get totalTokens(): number {
    return this.recipe.stages[this.recipe.stages.length - 1].untilTokens;
  }

  get done(): boolean {
    return this.progress.tokens >= this.totalTokens;
  }

  async step(): Promise<WarmupRecord> {
    const { recipe, policy } = this;
    const { step, tokens } = this.progress;
    const stage =
      recipe.stages.find(({ untilTokens }) => tokens < untilTokens) ??
      recipe.stages[recipe.stages.length - 1];
    const groups = Array.from({ length: recipe.documents }, (_, i) =>
      this.example(step * recipe.documents + i, stage),
    );
    const learningRate = this.learningRate(step, tokens);
    const { loss, gradNorm } = await supervisedUpdate(policy, groups, 'token', {
      learningRate,
      beta1: recipe.beta1,
      beta2: recipe.beta2,
      epsilon: recipe.epsilon,
      weightDecay: recipe.weightDecay,
      maxGradNorm: recipe.maxGradNorm,
    });
    const processed = groups.reduce(
      (sum, group) =>
        sum + group.promptTokens.length + group.answers.reduce((n, answer) => n + answer.tokens.length, 0),
      0,
    );
    this.progress = { step: step + 1, tokens: tokens + processed };
    return { ...this.progress, loss, gradNorm, learningRate, windowTokens: stage.windowTokens };
  }

  private learningRate(step: number, tokens: number): number {
    const { learningRate, warmupSteps, decayFrom, decayTo } = this.recipe;
    const rise = Math.min(1, (step + 1) / warmupSteps);
    const past = Math.max(0, (tokens / this.totalTokens - decayFrom) / (1 - decayFrom));
    return learningRate * rise * (1 - (1 - decayTo) * Math.min(1, past));
  }

  private example(index: number, stage: WarmupStage): TrainGroup {
    const { recipe, tokenizer } = this;
    const [low, high] = stage.windowTokens;
    const windowTokens = new Random(recipe.seed, 77, index).between(low, high);
    const example = warmupExample(recipe.seed, index, {
      windowTokens,
      questions: recipe.questions,
      countTokens: tokenizer.countTokens,
      pieces: this.pieces,
    });
    return windowGroup(tokenizer, example, recipe.answerWeight, this.room, 'always');
  }
}

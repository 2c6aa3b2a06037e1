/**
 * @file Warm-up: supervised fine-tuning of a new policy on question–document–answer triplets (paper Eq. 11), so that
 * RL begins with a policy that is sometimes right.
 *
 * An example is a document window (the shared prefix) with several continuations: questions with reasoning and answer,
 * and pieces of the window restated. Windows grow in stages.
 */
import type { GpuPolicy } from '../policy/gpu-policy';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { TrainAnswer, TrainGroup } from '../policy/types';
import { Random } from '../tasks/random';
import { type WarmupExample, warmupExample } from '../tasks/warmup';

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

  constructor(policy: GpuPolicy, tokenizer: PolicyTokenizer, recipe: WarmupRecipe) {
    this.policy = policy;
    this.tokenizer = tokenizer;
    this.recipe = recipe;
    this.pieces = wordPieces(tokenizer);
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
    const supervised = groups.reduce(
      (sum, group) =>
        sum + group.answers.reduce((n, answer) => n + answer.weights.reduce((a, b) => a + b, 0), 0),
      0,
    );
    for (const group of groups)
      for (const answer of group.answers)
        answer.weights = answer.weights.map((weight) => weight / supervised);
    const learningRate = this.learningRate(step, tokens);
    const { loss, gradNorm } = await policy.update(
      groups,
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
      {
        learningRate,
        beta1: recipe.beta1,
        beta2: recipe.beta2,
        epsilon: recipe.epsilon,
        weightDecay: recipe.weightDecay,
        maxGradNorm: recipe.maxGradNorm,
      },
    );
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
    const { ids } = tokenizer.buildPrefix(example.window);
    const answers = example.questions.map(({ text, reasoning, answers: [answer] }) => {
      const tail = tokenizer.buildAnswer(reasoning, answer);
      const reasoned = tokenizer.encode(reasoning).length;
      return continuation(
        tokenizer.buildQuestion(text),
        tail,
        Array.from(tail, (_, i) => (i < reasoned ? 1 : recipe.answerWeight)),
      );
    });
    const kept = answers.filter((answer) => answer.tokens.length <= recipe.maxAnswerTokens);
    const restated = restatement(tokenizer, example, ids);
    if (restated) kept.push(restated);
    return { promptTokens: ids, answers: kept };
  }
}

/** Vocabulary entries that are letters only: what arbitrary text is woven from. */
function wordPieces(tokenizer: PolicyTokenizer): string[] {
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]).trim()).filter(
    (text) => /^\p{L}{2,}$/u.test(text),
  );
}

function continuation(
  head: ArrayLike<number>,
  tail: ArrayLike<number>,
  counts: ArrayLike<number>,
): TrainAnswer {
  const tokens = Uint32Array.from([...Array.from(head), ...Array.from(tail)]);
  const weights = new Float32Array(tokens.length);
  for (let i = 0; i < tail.length; i++) weights[head.length + i] = counts[i];
  return { tokens, weights, oldLogprobs: new Float32Array(tokens.length), advantage: 0 };
}

/** Pieces of the window said again; a token counts once the two before it determine it in the window. */
function restatement(
  tokenizer: PolicyTokenizer,
  example: WarmupExample,
  prefix: Uint32Array,
): TrainAnswer | null {
  const followers = new Map<string, Set<number>>();
  for (let i = 2; i < prefix.length; i++) {
    const key = `${prefix[i - 2]},${prefix[i - 1]}`;
    followers.set(key, (followers.get(key) ?? new Set()).add(prefix[i]));
  }
  const ids: number[] = [];
  const counts: number[] = [];
  for (const piece of example.restatements) {
    const tokens = tokenizer.encode(piece);
    tokens.forEach((token, i) => {
      const next = i < 2 ? undefined : followers.get(`${tokens[i - 2]},${tokens[i - 1]}`);
      ids.push(token);
      counts.push(next?.size === 1 && next.has(token) ? 1 : 0);
    });
  }
  return counts.includes(1) ? continuation(tokenizer.buildQuestion('Repeat.'), ids, counts) : null;
}

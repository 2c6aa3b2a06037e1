/**
 * @file A training loop without a GPU: a policy of one number that learns, questions that are only a length, and rewards
 * that depend on both. Everything is a pure function of keys and weights, as on the device.
 */
import type {
  ObjectiveOptions,
  Rollout,
  RolloutRequest,
  TokenStats,
  TrainGroup,
} from '../../src/policy/types';
import type { Score } from '../../src/reward/types';
import { groupAdvantages } from '../../src/rl/advantage';
import type { LengthBracket } from '../../src/rl/curriculum';
import { dropReason } from '../../src/rl/dynamic-sampling';
import { standardDeviation } from '../../src/rl/statistics';
import type { ExampleSource } from '../../src/rl/supervised';
import { Trainer, type TrainerState } from '../../src/rl/trainer';
import type { Policy, RewardCombiner, Scorer, StepRecord, TaskSource } from '../../src/rl/types';
import { readCurriculum, readPool, readWarmup } from '../../src/run/draw-state';
import type { RunConfig } from '../../src/run/settings';
import { trainerSettings } from '../../src/run/trainer-settings';
import { Random } from '../../src/tasks/random';

/** Questions without a document: item `index` has a length inside the bracket and a difficulty of its own. */
export const lengthTasks = (documentId = 'd'): TaskSource => ({
  item(index: number, lengths: LengthBracket = { over: 0, max: 64 }) {
    const length = new Random(1, index).between(lengths.over + 1, lengths.max);
    return {
      question: {
        id: `${documentId}:${index}`,
        documentId,
        family: 'lookup',
        text: `${index} of ${lengths.max}?`,
        answers: [String(index)],
        window: { start: 0, end: length },
        evidence: [],
        reasoning: '',
      },
      tokens: new Uint32Array(length).fill(index),
      text: '',
    };
  },
});

/** Supervised examples that are only an index and a length: one sequence of three tokens, the first masked. */
export const indexExamples: ExampleSource = {
  example: (index, { max }) => ({
    promptTokens: new Uint32Array(max).fill(index),
    answers: [
      {
        tokens: Uint32Array.of(5, 6, 7),
        weights: Float32Array.of(0, 1, 1),
        oldLogprobs: new Float32Array(3),
        advantage: 0,
      },
    ],
  }),
};

export class FakePolicy implements Policy {
  /** The one weight: the higher, the likelier a right answer. */
  weight: number;
  reference: number;
  /** What the optimiser remembers: supervised updates build it up, later updates feel it. */
  moment: number;
  beginnings = 0;
  asked: { requests: RolloutRequest[]; weights: string }[] = [];
  supervised: TrainGroup[][] = [];

  constructor(weight = 0.35, reference = weight, moment = 0) {
    this.weight = weight;
    this.reference = reference;
    this.moment = moment;
  }

  async rollout(requests: RolloutRequest[], _: unknown, weights: 'current' | 'reference' = 'current') {
    this.asked.push({ requests, weights });
    const skill = weights === 'current' ? this.weight : this.reference;
    return requests.map(({ promptTokens, groupSize, seed, step, promptIndex }) => {
      const hardness = new Random(77, promptTokens[0]).float();
      return Array.from({ length: groupSize }, (_, i): Rollout => {
        const random = new Random(seed, step, promptIndex, i);
        const right = random.float() < skill * (1.3 - hardness);
        const logprobs = Float32Array.of(-random.float());
        return {
          tokens: Uint32Array.of(right ? 1 : 0),
          logprobs,
          samplerLogprobs: logprobs,
          entropies: Float32Array.of(1 - skill),
          finish: 'stop',
        };
      });
    });
  }

  async evaluate(groups: TrainGroup[]): Promise<TokenStats[][]> {
    return groups.map(({ answers }) =>
      answers.map(({ tokens }) => ({
        logprobs: new Float32Array(tokens.length).fill(-this.weight),
        entropies: new Float32Array(tokens.length).fill(1),
      })),
    );
  }

  async update(groups: TrainGroup[], objective?: ObjectiveOptions) {
    if (objective?.kind === 'supervised') return this.imitate(groups);
    const answers = groups.flatMap((group) => group.answers);
    const pull = answers.reduce((sum, { advantage, tokens }) => sum + Math.max(0, advantage) * tokens[0], 0);
    this.weight += 0.004 * (1 + this.moment) * (pull / answers.length) * (1 - this.weight);
    return { loss: -pull, gradNorm: pull, tokens: await this.evaluate(groups) };
  }

  private async imitate(groups: TrainGroup[]) {
    this.supervised.push(groups);
    const first = groups[0].promptTokens[0];
    this.moment = 0.5 * this.moment + (first % 7) / 14;
    this.weight += 0.05 * this.moment * (1 - this.weight);
    return { loss: 1 - this.weight, gradNorm: this.moment, tokens: await this.evaluate(groups) };
  }

  startOver(): void {
    this.moment = 0;
    this.reference = this.weight;
    this.beginnings++;
  }

  decodeTokens(tokens: Uint32Array): string {
    return tokens[0] === 1 ? 'right' : 'wrong';
  }
}

export const wordScorer = (change: (value: number) => number = (value) => value): Scorer => ({
  score: async (requests) =>
    requests.map(({ text }): Score => {
      const rule = change(text === 'right' ? 1 : 0);
      return {
        rule,
        judge: { asked: false, reason: '' },
        base: rule,
        overlong: 0,
        total: rule,
        correct: rule === 1,
        parsed: text,
        reason: '',
      };
    }),
});

export const plainCombiner: RewardCombiner = {
  combine: async (groups) =>
    groups.map((group) => {
      const totals = group.map(({ score }) => score.total);
      const { mean, advantages } = groupAdvantages(totals);
      const scores = group.map(({ score }) => score);
      const varies = dropReason(scores, 'acc') === null;
      return { mean, std: standardDeviation(totals, 1), varies, scores, advantages };
    }),
};

export interface FakeRun {
  trainer: Trainer;
  policy: FakePolicy;
}

export function fakeRun(
  config: RunConfig,
  policy = new FakePolicy(),
  tasks = lengthTasks(),
  scorer = wordScorer(),
): FakeRun {
  const trainer = new Trainer(policy, scorer, plainCombiner, tasks, trainerSettings(config));
  trainer.warmup = { examples: indexExamples, questions: tasks };
  return { policy, trainer };
}

/** The run as a fresh process finds it: state through JSON as in trainer_state.json, weights as they were. */
export function resumed(config: RunConfig, { trainer, policy }: FakeRun, tasks = lengthTasks()): FakeRun {
  const { step, nextItem, curriculum, pool, warmup } = JSON.parse(
    JSON.stringify(trainer.state),
  ) as TrainerState;
  const next = fakeRun(config, new FakePolicy(policy.weight, policy.reference, policy.moment), tasks);
  const { stages: _, ...state } = readCurriculum({ stages: config.curriculum, ...curriculum });
  next.trainer.state = {
    step,
    nextItem,
    curriculum: state,
    pool: readPool(pool),
    warmup: readWarmup(warmup),
  };
  return next;
}

/** What of a step must repeat exactly: all but the clock. */
export function repeatable({ step, stage, groups, updates, metrics }: StepRecord) {
  return {
    step,
    stage,
    updates,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !/^(timing_s|perf)\//.test(name))),
    groups: groups.map(({ uid, item, origin, mean, kept, dropReason, answers }) => ({
      uid,
      question: item.question,
      origin,
      mean,
      kept,
      dropReason,
      answers: answers.map(({ text, advantage, oldLogprobs }) => ({
        text,
        advantage,
        oldLogprobs: Array.from(oldLogprobs),
      })),
    })),
  };
}

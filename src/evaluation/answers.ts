/**
 * @file Asks a policy the questions of an evaluation, greedily and by sampling, and scores what it says. A question that
 * cannot be made, answered or scored is a failed item with its error: it is counted, never left out.
 */
import { asCodedError, type CodedError } from '../errors';
import type { FinishReason, Rollout, SamplingOptions } from '../policy/types';
import type { QuestionScorer } from '../reward/question-scorer';
import type { Score } from '../reward/types';
import type { Policy, PromptItem, TaskSource } from '../rl/types';

/** The policy as an evaluation sees it. */
export type AnsweringPolicy = Pick<Policy, 'rollout' | 'decodeTokens'>;

export interface AskOptions {
  /** Sampled answers a question; 0 = greedy only. */
  samples: number;
  /** Key of the sampling noise: with it and its place in the list a question gets the same answers, whatever else is asked. */
  seed: number;
  /** How the sampled answers are drawn; greedy answers share its length bound. */
  sampling: SamplingOptions;
}

export interface Answer {
  text: string;
  /** Generated tokens, the end token included. */
  tokens: number;
  finish: FinishReason;
  score: Score;
}

/** One question with its answers; all of them, or a failure and none. */
export interface AskedItem {
  /** Null where the question could not be made. */
  item: PromptItem | null;
  failure: CodedError | null;
  greedy: Answer | null;
  /** `samples` answers, empty where the item failed. */
  sampled: Answer[];
}

/** Questions decoded together. */
const batchItems = 32;
/** Step word of the evaluation's noise: never a training step. */
const evaluationStep = 0xffffffff;

/**
 * Makes, asks and scores questions 0 … count − 1 of a sequence, in order; at most 65,536.
 * @throws CodedError `gpu.*`: a lost device is no property of a question.
 */
export async function askItems(
  policy: AnsweringPolicy,
  scorer: QuestionScorer,
  tasks: TaskSource,
  count: number,
  options: AskOptions,
): Promise<AskedItem[]> {
  const asked: AskedItem[] = [];
  for (let first = 0; first < count; first += batchItems) {
    const places = Array.from({ length: Math.min(batchItems, count - first) }, (_, i) => first + i);
    const made = await eachOrFailed(places, async (part) => part.map((index) => tasks.item(index)));
    const ready = places.flatMap((index, i) => {
      const item = made[i].value;
      return item === null ? [] : [{ item, index }];
    });
    const answered = await eachOrFailed(ready, (part) => answer(policy, scorer, part, options));
    let next = 0;
    for (const { value: item, failure } of made) {
      if (item === null) {
        asked.push({ item, failure, greedy: null, sampled: [] });
        continue;
      }
      const { value, failure: unanswered } = answered[next++];
      asked.push({
        item,
        failure: unanswered,
        greedy: value?.greedy ?? null,
        sampled: value?.sampled ?? [],
      });
    }
  }
  return asked;
}

interface Asking {
  item: PromptItem;
  /** Place in the sequence: the question's word of the noise. */
  index: number;
}

async function answer(
  policy: AnsweringPolicy,
  scorer: QuestionScorer,
  items: readonly Asking[],
  options: AskOptions,
): Promise<{ greedy: Answer; sampled: Answer[] }[]> {
  const draw = async (groupSize: number, greedy: boolean): Promise<Answer[][]> => {
    const rollouts = await policy.rollout(
      items.map(({ item, index }) => ({
        promptTokens: item.tokens,
        groupSize,
        seed: options.seed,
        step: evaluationStep,
        promptIndex: index,
      })),
      { ...options.sampling, greedy },
    );
    return scored(policy, scorer, items, rollouts);
  };
  const greedy = await draw(1, true);
  const sampled = options.samples > 0 ? await draw(options.samples, false) : items.map(() => []);
  return items.map((_, i) => ({ greedy: greedy[i][0], sampled: sampled[i] }));
}

async function scored(
  policy: AnsweringPolicy,
  scorer: QuestionScorer,
  items: readonly Asking[],
  rollouts: Rollout[][],
): Promise<Answer[][]> {
  const texts = rollouts.map((group) => group.map(({ tokens }) => policy.decodeTokens(tokens)));
  const scores = await scorer.score(
    rollouts.flatMap((group, i) =>
      group.map(({ tokens }, j) => ({
        question: items[i].item.question,
        text: texts[i][j],
        length: tokens.length,
      })),
    ),
  );
  let next = 0;
  return rollouts.map((group, i) =>
    group.map(({ tokens, finish }, j) => ({
      text: texts[i][j],
      tokens: tokens.length,
      finish,
      score: scores[next++],
    })),
  );
}

type Outcome<R> = { value: R; failure: null } | { value: null; failure: CodedError };

/** Does `work` on all parts together; where that throws, on each alone, and keeps the errors of those that fail. */
async function eachOrFailed<T, R>(
  parts: readonly T[],
  work: (parts: readonly T[]) => Promise<R[]>,
): Promise<Outcome<R>[]> {
  if (parts.length === 0) return [];
  try {
    return (await work(parts)).map((value) => ({ value, failure: null }));
  } catch (error) {
    const failure = asCodedError(error);
    if (failure.code.startsWith('gpu.')) throw failure;
    if (parts.length === 1) return [{ value: null, failure }];
    const alone: Outcome<R>[] = [];
    for (const part of parts) alone.push(...(await eachOrFailed([part], work)));
    return alone;
  }
}

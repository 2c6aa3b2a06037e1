/** @file Difficulty as the policy the run began with sees it (paper Eq. 10): one more group a question, never trained on. */
import type { Asking } from './ask-groups';
import { visitOf } from './draw';
import type { Visit } from './retrospective';
import { samplingOf, type TrainerSettings } from './settings';
import type { ScoredGroup } from './types';

/** Step word of this noise: never a training step, so that a question's measure depends on its index alone. */
const baseStep = 0xfffffffe;

/**
 * One visit a group, in order: G answers of the reference weights, scored like any others.
 * @throws CodedError from policy and scorer.
 */
export async function measureBase(
  { policy, scorer, combiner }: Pick<Asking, 'policy' | 'scorer' | 'combiner'>,
  groups: readonly ScoredGroup[],
  settings: TrainerSettings,
  step: number,
): Promise<Visit[]> {
  if (groups.length === 0) return [];
  const rollouts = await policy.rollout(
    groups.map(({ item, origin }, i) => ({
      promptTokens: item.tokens,
      groupSize: settings.groupSize,
      seed: settings.seed,
      step: baseStep,
      promptIndex: origin?.index ?? i,
    })),
    samplingOf(settings),
    'reference',
  );
  const scores = await scorer.score(
    rollouts.flatMap((group, i) =>
      group.map(({ tokens }) => ({
        question: groups[i].item.question,
        text: policy.decodeTokens(tokens),
        length: tokens.length,
      })),
    ),
  );
  let next = 0;
  const combined = await combiner.combine(
    rollouts.map((group) => group.map(({ tokens }) => ({ score: scores[next++], length: tokens.length }))),
  );
  return combined.map((group) => visitOf(group.scores, step));
}

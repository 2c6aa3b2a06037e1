/** @file Words of the window on a step that ended a run. */
import type { StepPart } from '../run/failed-step';
import { whole } from './format';

export const failedWords = {
  title: (step: number) => `Step ${whole(step)}: what it was learning from`,
  noneTitle: 'The step that failed',
  close: 'Close',
  none: 'No step of this run has failed, or nothing was kept of the one that did: a run without a folder forgets it when it is opened anew.',
  reading: 'Reading…',
  parts: {
    rollout: 'while answers were sampled',
    score: 'while answers were scored',
    update: 'while the policy was updated',
  } satisfies Record<StepPart, string>,
  where: (part: string, updates: number) =>
    `It happened ${part}${updates > 0 ? `; ${whole(updates)} of its updates ${updates === 1 ? 'was' : 'were'} whole before` : ''}.`,
  settings: 'Settings then',
  changes: 'Changed shortly before',
  before: 'The steps before it',
  noSteps: 'It was the first step.',
  step: 'step',
  metrics: {
    'critic/rewards/mean': 'reward',
    'actor/pg_loss': 'loss',
    'actor/grad_norm': 'grad norm',
    'actor/entropy': 'entropy',
    'actor/ppo_kl': 'KL',
    'response_length/mean': 'length',
  } as Record<string, string>,
  groups: 'Its questions and answers',
  noGroups: 'No answer had been scored when it stopped.',
  failing: 'in the update that failed',
  kept: 'kept',
  gold: 'gold',
  prompt: 'The prompt, from its end',
  columns: {
    reward: 'reward',
    advantage: 'A',
    length: 'tokens',
    update: 'update',
    lowest: 'lowest log p',
    ratio: 'largest |log ρ|',
    text: 'answer',
  },
  notUsed: 'none',
  unknown:
    'Numbers of single tokens in the update that failed were never read back from the GPU, so they are not here. The log ratio is known of updates that were whole.',
};

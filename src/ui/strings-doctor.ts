/** @file Words of the run doctor. Functions hold measured values. */
import type { DoctorRule, Severity } from '../run/doctor';
import { compact, fixed, percent } from './format';

export const doctorStrings = {
  title: 'Run doctor',
  fine: 'nothing to note',
  count: (notes: number) => (notes === 1 ? '1 note' : `${notes} notes`),
  early: (steps: number) => `speaks from step ${steps} on`,
  severities: { stop: 'stop', warn: 'warning', note: 'note' } satisfies Record<Severity, string>,
  steps: (from: number, to: number) => (from === to ? `step ${from}` : `steps ${from}–${to}`),
  show: (from: number, to: number) => `Show ${from === to ? `step ${from}` : `steps ${from} to ${to}`}`,
  answer: (step: number, answer: number) => `step ${step}, answer ${answer}`,
  answerTitle: 'Show this answer in the inspector',
  fork: (what: string) => `Try ${what} in a fork`,
  forkTitle: 'A new run from the last checkpoint with this one setting different; this run stays as it is',
  rules: {
    nonfinite: (value: number) =>
      `${value === 1 ? 'One step has' : `${value} steps have`} numbers that are not finite.`,
    dead_groups: (value: number, limit: number) =>
      `${percent(value, 0)} of the groups are dead: all their answers score the same, so they teach nothing (note at ${percent(limit, 0)}).`,
    clip_inactive: () => 'Clipping is inactive: with one update per batch every ratio is 1.',
    never_clipped: (value: number) =>
      `The clip bounds are hardly ever met (${percent(value, 2)} of the tokens): the policy moves in small steps.`,
    clip_heavy: (value: number, limit: number) =>
      `${percent(value, 0)} of the tokens are clipped (note at ${percent(limit, 0)}): most of the batch stops teaching before its last update.`,
    kl_spike: (value: number, limit: number) =>
      `A batch moves the policy by ${fixed(value, 3)} nats a token (note at ${fixed(limit, 2)}).`,
    entropy_collapse: (value: number, limit: number) =>
      `Entropy has collapsed to ${fixed(value)} nats, under a fifth of its start (${fixed(limit * 5)}): groups will stop to vary.`,
    gradient_spike: (value: number, limit: number) =>
      `The gradient jumped to ${compact(value)}, five times its median being ${compact(limit)}.`,
    truncated: (value: number, limit: number) =>
      `${percent(value, 0)} of the answers are cut off at the longest allowed length (note at ${percent(limit, 0)}). A new run with a larger max_response_length gives them room.`,
    length_inflation: (value: number, limit: number) =>
      `Answers have grown to ${fixed(value, 0)} tokens, more than ${fixed(limit, 0)}, and held-out reward has not followed.`,
    mismatch: (value: number, limit: number) =>
      `Sampler and trainer disagree by up to ${compact(value)} nats on a token (note at ${compact(limit)}).`,
    redraws: (value: number, limit: number) =>
      `A step needs ${fixed(value, 1)} generation rounds (note at ${fixed(limit, 1)}): most groups are dropped.`,
    judge_disagrees: (value: number, limit: number) =>
      `The judge calls ${percent(value, 0)} of the answers right that the rule calls wrong (note at ${percent(limit, 0)}): the rule is too narrow, or the judge too kind.`,
    pool_short: (value: number) =>
      `The retrospective pool runs out: ${fixed(value, 1)} places a step went to fresh questions.`,
    repetition: (value: number, limit: number) =>
      `${percent(value, 0)} of the answers go round in circles: at least half of their pieces of four tokens stand in them twice (note at ${percent(limit, 0)}).`,
    answer_echo: (value: number, limit: number) =>
      `${percent(value, 0)} of the answers say the question again (note at ${percent(limit, 0)}).`,
    empty_win: (value: number, limit: number) =>
      `${percent(value, 0)} of the answers are rewarded for nothing: one letter or none was parsed of them (note at ${percent(limit, 0)}).`,
  } satisfies Record<DoctorRule, (value: number, limit: number) => string>,
};

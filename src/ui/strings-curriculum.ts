/** @file Words of the curriculum: its timeline, the mix of its batches, and the retrospective pool. */
import { whole } from './format';

export const curriculumStrings = {
  title: 'Curriculum',
  none: 'This run has no stages: every prompt is up to the window’s length. Set “Stages”, or choose the preset “phased”.',
  warmup: 'warm-up',
  warmupTitle: 'Supervised warm-up: made before, shipped as the starting policy',
  range: (over: number, max: number) => `${whole(over)} < tokens ≤ ${whole(max)}`,
  steps: (done: number, planned: number | null) =>
    planned === null ? `${done} steps, open end` : `${done} of ${planned} steps`,
  now: (step: number) => `now: step ${step}`,
  past: (step: number) => `You look at step ${step}; training is elsewhere.`,
  back: 'Return to now',
  share: (share: string) => `retrospective share ${share}`,
  timeline: (stages: number, at: string) => `${stages} stages; the run is in ${at}.`,
  edge: (name: string) => `End of ${name}`,
  edgeValue: (steps: number) => `after ${steps} steps`,
  edgeTitle:
    'Drag, or arrow keys: where this stage ends. Training hears of it when you let go; Ctrl+Z takes it back.',
  fields: 'Stages still to come',
  stepsField: 'steps',
  stepsOf: (name: string) => `Steps of ${name}`,
  tokensField: 'prompts up to',
  tokensOf: (name: string) => `Longest prompt of ${name}, tokens`,
  evaluation: 'held-out evaluation',
  checkpointAt: (step: number) => `checkpoint of step ${step}`,
  checkpoints: (steps: readonly number[]) =>
    steps.length === 0 ? 'No checkpoint is stored.' : `Checkpoints of steps ${steps.join(', ')} are stored.`,
  legend:
    '◆ held-out evaluation · ⚑ checkpoint · edges ahead can be dragged · ranges are exclusive below (Eq. 9)',
  mix: 'What the batches were made of',
  mixUnit: 'share of the groups drawn',
  mixParts: { fresh: 'this stage’s lengths', pool: 'retrospective', dropped: 'dropped' },
  mixSentence: (dropped: string, retrospective: string) =>
    `Of the groups drawn in the last step ${dropped} were dropped and ${retrospective} were retrospective; those kept are drawn split in that share.`,
  settings: 'Settings',
  pool: 'Retrospective pool',
  poolRows: 'Questions of the pool, heaviest first',
  poolOff: 'The pool is off (pool.rule).',
  poolNoStages: 'Without stages nothing is earlier, so nothing is retrospective.',
  poolEmpty: 'The pool is empty: no question of an earlier stage is hard enough, or the first stage goes on.',
  poolFacts: (all: number, drawable: number) =>
    `${whole(all)} questions, ${whole(drawable)} may be drawn now, the others wait for the next stage`,
  ours: 'Size, share and cap are not published; these are Longview’s.',
  columns: {
    id: 'question',
    stage: 'stage',
    length: 'up to',
    visits: 'seen',
    reward: 'last reward',
    difficulty: 'difficulty',
    weight: 'weight',
  },
  waits: 'waits',
  stuck: (visits: number) => `drawn ${visits}×, still all wrong, no gradient`,
  infinite: '∞',
  swarm: (rows: number, infinite: number) =>
    `${whole(rows)} questions by difficulty and stage; ${whole(infinite)} were never answered right and stand on the line ∞.`,
  rewards: (id: string) => `Mean rewards of ${id}`,
  visit: (step: number, reward: string) => `step ${step}: ${reward}`,
  close: 'Close',
};

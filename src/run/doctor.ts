/**
 * @file The run doctor: rules over the metrics and answers of the last steps that name what usually goes wrong in a run, each
 * with its evidence and a change that may help. Pure; the words are the page's.
 */
import { changeLive, type RunConfig, updatesPerBatch } from './config';
import { type AnswerFinding, type AnswerPlace, answerChecks, type DoctorGroup } from './doctor-answers';

/** Steps a rule looks at. */
export const doctorWindow = 10;

export const doctorRules = [
  'nonfinite',
  'dead_groups',
  'clip_inactive',
  'never_clipped',
  'clip_heavy',
  'kl_spike',
  'entropy_collapse',
  'gradient_spike',
  'truncated',
  'length_inflation',
  'mismatch',
  'redraws',
  'judge_disagrees',
  'pool_short',
  'repetition',
  'answer_echo',
  'empty_win',
] as const;
export type DoctorRule = (typeof doctorRules)[number];

/** `stop`: the numbers are not to be trusted. `warn`: learning suffers. `note`: worth knowing. */
export type Severity = 'stop' | 'warn' | 'note';

export interface DoctorNote {
  rule: DoctorRule;
  severity: Severity;
  /** What was measured, and the threshold it crossed, in the metric's unit. */
  value: number;
  threshold: number;
  /** The metric that shows it; null where a setting does. */
  metric: string | null;
  /** Steps that show it, first to last; null where a setting does. */
  steps: { from: number; to: number } | null;
  /** The answers that show it, the newest first; none where a metric does. */
  answers: readonly AnswerPlace[];
  /** Live settings to try; null where only a new run or no setting helps. */
  change: Partial<RunConfig> | null;
}

export interface DoctorRow {
  step: number;
  metrics: Readonly<Record<string, number>>;
}

export interface DoctorInput {
  rows: readonly DoctorRow[];
  config: RunConfig;
  /** Mean reward on held-out questions by step. */
  evaluations: readonly { step: number; sampledReward: number }[];
  /** The groups at hand; those of the last steps are read. */
  groups?: readonly DoctorGroup[];
}

interface Finding {
  value: number;
  threshold: number;
  metric: string | null;
  rows: readonly { step: number }[];
  answers?: readonly AnswerPlace[];
  change: Partial<RunConfig> | null;
}

/** All notes, the gravest first. A rule without its metric in the window says nothing. */
export function examine(input: DoctorInput): DoctorNote[] {
  const notes = doctorRules.flatMap((rule): DoctorNote[] => {
    const found = checks[rule].find(input);
    if (found === null) return [];
    const { rows, change, answers = [], ...rest } = found;
    return [
      {
        rule,
        severity: checks[rule].severity,
        ...rest,
        answers,
        steps: rows.length > 0 ? { from: rows[0].step, to: rows[rows.length - 1].step } : null,
        change: change && possible(input.config, change),
      },
    ];
  });
  const order: Severity[] = ['stop', 'warn', 'note'];
  return notes.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

interface Check {
  severity: Severity;
  find(input: DoctorInput): Finding | null;
}

const checks: Readonly<Record<DoctorRule, Check>> = {
  nonfinite: {
    severity: 'stop',
    find: ({ rows, config }) => {
      const bad = rows
        .slice(-doctorWindow)
        .filter(
          ({ metrics }) =>
            (metrics['run/nonfinite_dropped'] ?? 0) > 0 ||
            Object.values(metrics).some((value) => !Number.isFinite(value)),
        );
      return bad.length === 0
        ? null
        : { value: bad.length, threshold: 0, metric: null, rows: bad, change: slower(config) };
    },
  },
  dead_groups: {
    severity: 'warn',
    find: (input) =>
      above(input, 'group/zero_std_frac', 0.6, (window) => {
        const right = mean(window, 'group/all_correct') ?? 0;
        const wrong = mean(window, 'group/all_wrong') ?? 0;
        // Answers of one kind vary more when hotter; questions that are too easy become harder with more text.
        const { temperature, window_tokens: size, max_prompt_length: most } = input.config;
        if (right > wrong && size * 1.5 < most) return { window_tokens: Math.round(size * 1.5) };
        return temperature < 1.2 ? { temperature: round(Math.min(1.2, temperature + 0.2)) } : null;
      }),
  },
  clip_inactive: {
    severity: 'note',
    find: ({ config }) => {
      if (updatesPerBatch(config) > 1) return null;
      const batch = config.train_batch_size;
      const updates = [4, 2, 3].find((count) => batch % count === 0);
      return {
        value: 1,
        threshold: 1,
        metric: null,
        rows: [],
        change: updates ? { mini_batch_size: batch / updates } : { ppo_epochs: 2 },
      };
    },
  },
  never_clipped: {
    severity: 'note',
    find: (input) => {
      if (updatesPerBatch(input.config) === 1 || input.config['policy_loss.loss_mode'] !== 'vanilla')
        return null;
      const window = full(input.rows, 'actor/pg_clipfrac');
      const share = window && mean(window, 'actor/pg_clipfrac');
      if (window === null || share === null || share >= 1e-4) return null;
      return {
        value: share,
        threshold: 1e-4,
        metric: 'actor/pg_clipfrac',
        rows: window,
        change: { lr: round(Math.min(1e-2, input.config.lr * 2)) },
      };
    },
  },
  clip_heavy: {
    severity: 'warn',
    find: (input) => above(input, 'actor/pg_clipfrac', 0.2, () => slower(input.config)),
  },
  kl_spike: {
    severity: 'warn',
    find: (input) => above(input, 'actor/ppo_kl', 0.05, () => slower(input.config)),
  },
  entropy_collapse: {
    severity: 'warn',
    find: ({ rows, config }) => {
      const known = rows.filter(({ metrics }) => Number.isFinite(metrics['actor/entropy']));
      if (known.length < doctorWindow * 2) return null;
      const first = mean(known.slice(0, doctorWindow), 'actor/entropy') ?? 0;
      const window = known.slice(-doctorWindow);
      const last = mean(window, 'actor/entropy') ?? 0;
      const threshold = first * 0.2;
      if (!(first > 0) || last >= threshold) return null;
      const wider = config.clip_ratio_high < 0.28 ? { clip_ratio_high: 0.28 } : null;
      return {
        value: last,
        threshold,
        metric: 'actor/entropy',
        rows: window,
        change: wider ?? { entropy_coeff: round(Math.max(0.001, Math.min(0.05, config.entropy_coeff * 2))) },
      };
    },
  },
  gradient_spike: {
    severity: 'warn',
    find: ({ rows, config }) => {
      const known = rows.filter(({ metrics }) => Number.isFinite(metrics['actor/grad_norm'])).slice(-40);
      if (known.length < doctorWindow) return null;
      const norms = known.map(({ metrics }) => metrics['actor/grad_norm']);
      const threshold = 5 * median(norms);
      const spikes = known
        .slice(-doctorWindow)
        .filter(({ metrics }) => metrics['actor/grad_norm'] > threshold);
      if (spikes.length === 0 || threshold === 0) return null;
      return {
        value: Math.max(...spikes.map(({ metrics }) => metrics['actor/grad_norm'])),
        threshold,
        metric: 'actor/grad_norm',
        rows: spikes,
        change: slower(config),
      };
    },
  },
  truncated: {
    severity: 'warn',
    find: (input) =>
      above(input, 'response_length/clip_ratio', 0.2, () =>
        input.config['overlong_buffer.enable'] ? null : { 'overlong_buffer.enable': true },
      ),
  },
  length_inflation: {
    severity: 'note',
    find: ({ rows, evaluations }) => {
      const length = 'response_length/mean';
      const known = rows.filter(({ metrics }) => Number.isFinite(metrics[length]));
      if (known.length < doctorWindow * 4 || evaluations.length < 2) return null;
      const window = known.slice(-doctorWindow);
      const before = known.slice(-doctorWindow * 4, -doctorWindow * 3);
      const threshold = 1.3 * (mean(before, length) ?? 0);
      const value = mean(window, length) ?? 0;
      const asked = evaluations.filter(({ step }) => step >= before[0].step);
      if (value <= threshold || asked.length < 2) return null;
      if (asked[asked.length - 1].sampledReward > asked[0].sampledReward + 0.02) return null;
      return { value, threshold, metric: length, rows: window, change: null };
    },
  },
  mismatch: {
    severity: 'warn',
    find: (input) =>
      above(input, 'rollout/logprob_mismatch_max', 1e-3, () =>
        input.config.old_log_prob === 'sampled' ? { old_log_prob: 'released' } : null,
      ),
  },
  redraws: {
    severity: 'note',
    find: (input) => {
      const bound = input.config['filter_groups.max_num_gen_batches'];
      if (!input.config['filter_groups.enable'] || bound <= 1) return null;
      return above(input, 'train/num_gen_batches', bound * 0.8, () => null);
    },
  },
  judge_disagrees: {
    severity: 'note',
    find: (input) => above(input, 'reward/judge_rescue', 0.2, () => null),
  },
  pool_short: {
    severity: 'note',
    find: (input) =>
      above(input, 'pool/shortfall', 0.5, () => {
        const share = input.config['pool.share'];
        return share > 0.05 ? { 'pool.share': round(share / 2) } : null;
      }),
  },
  repetition: { severity: 'warn', find: (input) => inAnswers(input, answerChecks.repetition) },
  answer_echo: { severity: 'note', find: (input) => inAnswers(input, answerChecks.answer_echo) },
  empty_win: { severity: 'warn', find: (input) => inAnswers(input, answerChecks.empty_win) },
};

/** A rule over the answers of the last steps. */
function inAnswers(
  { groups = [], config }: DoctorInput,
  check: (groups: readonly DoctorGroup[], config: RunConfig) => AnswerFinding | null,
): Finding | null {
  const newest = groups.reduce((step, group) => Math.max(step, group.step), 0);
  const found = check(
    groups.filter(({ step }) => step > newest - doctorWindow),
    config,
  );
  if (found === null) return null;
  const { places, ...rest } = found;
  return { ...rest, metric: null, answers: places, rows: [...places].sort((a, b) => a.step - b.step) };
}

/** The mean of the last steps is at or above the threshold. */
function above(
  { rows }: DoctorInput,
  metric: string,
  threshold: number,
  change: (window: readonly DoctorRow[]) => Partial<RunConfig> | null,
): Finding | null {
  const window = full(rows, metric);
  const value = window && mean(window, metric);
  if (window === null || value === null || value < threshold) return null;
  return { value, threshold, metric, rows: window, change: change(window) };
}

/** The last steps that have the metric; null before there are enough for a word. */
function full(rows: readonly DoctorRow[], metric: string): readonly DoctorRow[] | null {
  const window = rows.filter(({ metrics }) => Number.isFinite(metrics[metric])).slice(-doctorWindow);
  return window.length === doctorWindow ? window : null;
}

function mean(rows: readonly DoctorRow[], metric: string): number | null {
  const values = rows.map(({ metrics }) => metrics[metric]).filter(Number.isFinite);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function slower(config: RunConfig): Partial<RunConfig> {
  return { lr: round(Math.max(1e-5, config.lr / 2)) };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** A change that a running run would take and that changes something; else null. */
function possible(config: RunConfig, change: Partial<RunConfig>): Partial<RunConfig> | null {
  try {
    const next = changeLive(config, change);
    return (Object.keys(change) as (keyof RunConfig)[]).some((key) => next[key] !== config[key])
      ? change
      : null;
  } catch {
    return null;
  }
}

/** @file Each rule of the run doctor speaks when its numbers say so, with them as evidence, and is silent otherwise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeLive, makeConfig, type RunConfig } from '../../src/run/config';
import { type DoctorRow, type DoctorRule, doctorRules, doctorWindow, examine } from '../../src/run/doctor';
import { type DoctorAnswer, type DoctorGroup, echo, repetition } from '../../src/run/doctor-answers';

const config = makeConfig('qwenlong-l1-script');

/** Numbers of a run in good health. */
const healthy: Record<string, number> = {
  'critic/rewards/mean': 0.5,
  'group/zero_std_frac': 0.3,
  'group/all_correct': 0.1,
  'group/all_wrong': 0.2,
  'actor/pg_clipfrac': 0.02,
  'actor/ppo_kl': 0.004,
  'actor/entropy': 1.2,
  'actor/grad_norm': 0.4,
  'response_length/mean': 30,
  'response_length/clip_ratio': 0.02,
  'rollout/logprob_mismatch_max': 1e-5,
  'train/num_gen_batches': 2,
  'reward/judge_rescue': 0.01,
  'pool/shortfall': 0,
};

function run(
  steps: number,
  change: (step: number) => Partial<Record<string, number>> = () => ({}),
): DoctorRow[] {
  return Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    metrics: { ...healthy, ...(change(i + 1) as Record<string, number>) },
  }));
}

const late =
  (metric: string, value: number, from = 31) =>
  (step: number): Record<string, number> =>
    step >= from ? { [metric]: value } : {};

function notesOf(
  rows: DoctorRow[],
  settings: RunConfig = config,
  evaluations: { step: number; sampledReward: number }[] = [],
) {
  return examine({ rows, config: settings, evaluations });
}

describe('the run doctor', () => {
  it('is silent on a healthy run, and before there is anything to see', () => {
    expect(notesOf(run(40))).toEqual([]);
    expect(notesOf([])).toEqual([]);
    // One bad step is no trend.
    expect(notesOf(run(40, late('group/zero_std_frac', 1, 40)))).toEqual([]);
  });

  const cases: [DoctorRule, string, number, Partial<RunConfig> | null][] = [
    ['dead_groups', 'group/zero_std_frac', 0.75, { temperature: 0.9 }],
    ['clip_heavy', 'actor/pg_clipfrac', 0.4, { lr: 1.5e-4 }],
    ['never_clipped', 'actor/pg_clipfrac', 0, { lr: 6e-4 }],
    ['kl_spike', 'actor/ppo_kl', 0.2, { lr: 1.5e-4 }],
    ['entropy_collapse', 'actor/entropy', 0.1, { clip_ratio_high: 0.28 }],
    ['truncated', 'response_length/clip_ratio', 0.5, null],
    ['mismatch', 'rollout/logprob_mismatch_max', 0.02, null],
    ['redraws', 'train/num_gen_batches', 9, null],
    ['judge_disagrees', 'reward/judge_rescue', 0.3, null],
    ['pool_short', 'pool/shortfall', 3, { 'pool.share': 0.125 }],
  ];
  it.each(cases)('says %s from the last ten steps', (rule, metric, value, change) => {
    const [note, ...others] = notesOf(run(40, late(metric, value)));
    expect(others).toEqual([]);
    expect(note).toMatchObject({ rule, metric, steps: { from: 31, to: 40 }, change });
    expect(note.value).toBeCloseTo(value, 12);
  });

  it('names the steps with a spike of the gradient, and those with numbers that are none', () => {
    const spike = notesOf(run(40, (step) => (step === 36 ? { 'actor/grad_norm': 4 } : {})));
    expect(spike).toMatchObject([
      { rule: 'gradient_spike', steps: { from: 36, to: 36 }, value: 4, threshold: 2 },
    ]);
    const nan = notesOf(run(40, (step) => (step === 38 ? { 'actor/pg_loss': Number.NaN } : {})));
    expect(nan).toMatchObject([{ rule: 'nonfinite', severity: 'stop', steps: { from: 38, to: 38 } }]);
    const dropped = notesOf(run(40, (step) => (step === 39 ? { 'run/nonfinite_dropped': 2 } : {})));
    expect(dropped[0]).toMatchObject({ rule: 'nonfinite', steps: { from: 39, to: 39 } });
  });

  it('says that clipping is inactive with one update a batch, and offers four', () => {
    const one = { ...config, mini_batch_size: config.train_batch_size };
    const zero = run(40, () => ({ 'actor/pg_clipfrac': 0 }));
    expect(notesOf(zero, one)).toMatchObject([
      { rule: 'clip_inactive', steps: null, change: { mini_batch_size: config.train_batch_size / 4 } },
    ]);
  });

  it('calls longer answers inflation only while held-out reward does not follow', () => {
    const longer = run(60, (step) => ({ 'response_length/mean': step > 40 ? 60 : 30 }));
    const flat = [20, 40, 60].map((step) => ({ step, sampledReward: 0.4 }));
    const better = [20, 40, 60].map((step) => ({ step, sampledReward: step / 100 }));
    expect(notesOf(longer, config, flat)).toMatchObject([{ rule: 'length_inflation', value: 60 }]);
    expect(notesOf(longer, config, better)).toEqual([]);
    expect(notesOf(longer)).toEqual([]);
  });

  it('offers longer windows where questions have become too easy', () => {
    const easy = run(40, (step) => ({
      ...late('group/zero_std_frac', 0.9)(step),
      ...late('group/all_correct', 0.8)(step),
    }));
    const room = { ...config, window_tokens: 256 };
    expect(notesOf(easy, room)[0].change).toEqual({ window_tokens: 384 });
  });

  const groupOf = (answers: DoctorGroup['answers'], step = 40): DoctorGroup => ({
    uid: `${step}-1-0`,
    step,
    question: 'Which ledger entry was voided after the audit of the spring?',
    gold: ['INV-0417'],
    answers,
  });
  const sound: DoctorAnswer = {
    text: 'The entry was INV-0417.',
    tokens: Array.from({ length: 24 }, (_, i) => i),
    score: { correct: true, parsed: 'INV-0417' },
  };
  const answered = (bad: Partial<DoctorAnswer>, count: number, step?: number) =>
    groupOf(
      Array.from({ length: 30 }, (_, i) => (i < count ? { ...sound, ...bad } : sound)),
      step,
    );
  const inGroups = (groups: DoctorGroup[], settings: RunConfig = config) =>
    examine({ rows: run(40), config: settings, evaluations: [], groups });
  const loop = { tokens: Array.from({ length: 24 }, (_, i) => i % 3) };

  it.each([
    ['repetition', loop, 6, null],
    ['answer_echo', { text: 'Which ledger entry was voided after the audit: 12.' }, 9, null],
    ['empty_win', { score: { correct: true, parsed: ' I.' } }, 2, null],
    ['empty_win', { score: { correct: true, parsed: null } }, 2, null],
  ] as const)('says %s with the answers that show it', (rule, bad, count, change) => {
    expect(inGroups([answered({}, 0)])).toEqual([]);
    const [note, ...others] = inGroups([answered(bad, count)]);
    expect(others).toEqual([]);
    expect(note).toMatchObject({ rule, metric: null, steps: { from: 40, to: 40 }, change });
    expect(note.value).toBeCloseTo(count / 30, 12);
    expect(note.answers).toEqual(
      Array.from({ length: count }, (_, i) => ({ uid: '40-1-0', step: 40, answer: i })),
    );
  });

  it('reads answers of the last steps only, enough of them, and calls a letter no empty win where it is asked for', () => {
    // Step 20 is long past; 29 sound answers stand beside one that loops.
    expect(inGroups([answered({}, 0), answered(loop, 30, 20)])).toEqual([]);
    expect(inGroups([groupOf([{ ...sound, ...loop }])])).toEqual([]);
    const choice = { ...answered({ score: { correct: true, parsed: 'B' } }, 30), gold: ['B'] };
    expect(inGroups([choice])).toEqual([]);
    const wrong = answered({ score: { correct: false, parsed: 'B' } }, 30);
    expect(inGroups([wrong])).toEqual([]);
  });

  it('measures loops and echoes from 0 to 1', () => {
    expect(repetition([1, 2, 3])).toBe(0);
    // 21 pieces of four tokens, of which three differ.
    expect(repetition(loop.tokens)).toBeCloseTo(18 / 21, 12);
    expect(echo('Who was it?', 'Who was it?')).toBe(0);
    // Five pieces of three words, of which the answer has two.
    expect(echo('one two three four five six seven', 'one two three four.')).toBeCloseTo(2 / 5, 12);
  });

  it('offers the strict rule where the faithful one pays for nothing, and the overlong term for loops', () => {
    const faithful = { ...config, 'reward.rule': 'faithful' as const };
    const empty = answered({ score: { correct: true, parsed: '' } }, 3);
    expect(inGroups([empty], faithful)[0].change).toEqual({ 'reward.rule': 'strict' });
    const open = { ...config, 'overlong_buffer.enable': false };
    expect(inGroups([answered(loop, 6)], open)[0].change).toEqual({ 'overlong_buffer.enable': true });
  });

  it('offers only what a running run takes, whatever the numbers', () => {
    const value = fc.double({ min: 0, max: 20, noNaN: true });
    const rows = fc.array(fc.dictionary(fc.constantFrom(...Object.keys(healthy)), value), { maxLength: 60 });
    fc.assert(
      fc.property(rows, fc.constantFrom('micro', 'phased', 'qwenlong-l1-script'), (list, preset) => {
        const settings = makeConfig(preset);
        const notes = notesOf(
          list.map((metrics, i) => ({ step: i + 1, metrics })),
          settings,
        );
        for (const { change, rule, steps } of notes) {
          expect(doctorRules).toContain(rule);
          if (change) expect(changeLive(settings, change)).not.toEqual(settings);
          if (steps) expect(steps.from).toBeLessThanOrEqual(steps.to);
        }
        expect(new Set(notes.map(({ rule }) => rule)).size).toBe(notes.length);
      }),
      { numRuns: 60 },
    );
    expect(doctorWindow).toBeGreaterThan(1);
  });
});

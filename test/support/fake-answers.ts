/**
 * @file What a policy that does not exist samples, learns and is measured by: groups of answers about a real text, with numbers
 * of the size that training gives. The same seed gives the same ones.
 */
import { answerTerms } from '../../src/rl/policy-loss';
import { type RunConfig, updatesPerBatch } from '../../src/run/config';
import type { RolloutRow } from '../../src/run/rollout-rows';
import type { LongDocument } from '../../src/tasks/types';
import type { AnswerView, GroupView, StepView } from '../../workers/protocol';

/** A step that is being made. */
export interface FakeStep {
  step: number;
  config: RunConfig;
  text: LongDocument;
  /** Seconds it is said to take. */
  seconds: number;
  /** Tokens of the first answer of its first group; 0 = as short as the others. */
  longTokens: number;
}

let randomState = 1;

/** Begins the noise anew. */
export function seedFakes(seed: number): void {
  randomState = seed + 1;
}

function random(): number {
  randomState = (Math.imul(randomState, 1664525) + 1013904223) >>> 0;
  return randomState / 2 ** 32;
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Any sentence of the document with a capitalised word left out. */
export function makeGroup({ step, config, text, longTokens }: FakeStep, index: number): GroupView {
  const sentences = [...text.text.matchAll(/[^.\n]*\b([A-Z][a-z]{3,})\b[^.\n]*\./g)];
  const match = sentences[Math.floor(random() * sentences.length)];
  const start = match.index + match[0].lastIndexOf(match[1]);
  const gold = match[1];
  const p = Math.min(0.9, 0.35 + step * 0.01);
  const answers = Array.from({ length: config.group_size }, (_, i) =>
    makeAnswer(gold, random() < p, index === 0 && i === 0 ? longTokens : 0),
  );
  const rewards = answers.map((answer) => answer.score.total);
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  const std = Math.sqrt(rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (rewards.length - 1));
  for (const answer of answers) answer.advantage = std === 0 ? 0 : (answer.score.total - mean) / (std + 1e-6);
  const right = answers.filter((answer) => answer.score.correct).length;
  return {
    uid: `${step}-1-${index}`,
    step,
    questionId: `q${step}-${index}`,
    documentId: text.id,
    question: `Which word is left out: “${match[0].trim().replace(gold, '____')}”`,
    family: 'cloze',
    gold: [gold],
    window: { start: Math.max(0, start - 600), end: Math.min(text.text.length, start + 700) },
    evidence: [{ start, end: start + gold.length }],
    promptTokens: 256,
    promptTail:
      `Question: Which word is left out? ${'Read the text. '.repeat(3)}<think>`.match(/ ?[^ ]+/g) ?? [],
    mean,
    std,
    kept: std > 0,
    dropReason: std > 0 ? null : right > 0 ? 'all right' : 'all wrong',
    answers,
  };
}

function makeAnswer(gold: string, correct: boolean, longTokens: number): AnswerView {
  const words = [
    'The',
    ' text',
    ' names',
    ' the',
    ' word',
    ' in',
    ' the',
    ' line',
    ' after',
    ' the',
    ' harvest',
    ',',
    ' as',
    ' read',
    ' above',
    '.',
    '</think>',
    ' Therefore',
    ',',
    ' the',
    ' answer',
    ' is',
    ' ',
  ];
  const long = Array.from({ length: longTokens }, (_, i) => words[i % 15]);
  const lead = [...long, ...words.slice(Math.floor(random() * 8))];
  const said = correct ? gold : [...gold].reverse().join('');
  const tokenTexts = [...lead, ...(said.match(/.{1,2}/g) ?? []), ''];
  const count = tokenTexts.length;
  const fill = (make: () => number) => Float32Array.from({ length: count }, make);
  const isLong = random() < 0.06;
  return {
    text: tokenTexts.join(''),
    tokenTexts,
    tokens: Uint32Array.from({ length: count }, () => 3 + Math.floor(random() * 2000)),
    sampledLogprobs: fill(() => -Math.abs(normal()) * 0.9),
    oldLogprobs: null,
    newLogprobs: null,
    entropies: fill(() => Math.abs(normal()) * 0.8),
    update: 0,
    advantage: 0,
    score: {
      rule: correct ? 1 : 0,
      judge: { asked: false, reason: correct ? 'rule_right' : 'not_loaded' },
      base: correct ? 1 : 0,
      overlong: isLong ? -0.4 : 0,
      total: (correct ? 1 : 0) - (isLong ? 0.4 : 0),
      correct,
      parsed: said,
      reason: correct ? 'match' : 'mismatch',
    },
    finish: isLong ? 'length' : 'stop',
  };
}

/** The groups again, as after their updates: later ones have moved further. */
export function learn(groups: GroupView[], config: RunConfig): GroupView[] {
  const kept = groups.filter((group) => group.kept);
  const updates = updatesPerBatch(config);
  const size = Math.max(1, Math.ceil(kept.length / updates));
  return groups.map((group) => {
    const at = kept.indexOf(group);
    if (at < 0) return group;
    const update = Math.min(updates, Math.floor(at / size) + 1);
    return {
      ...group,
      answers: group.answers.map((answer) => {
        const oldLogprobs = answer.sampledLogprobs.slice();
        const drift = (update - 1) * 0.07;
        const newLogprobs = oldLogprobs.map((value) =>
          Math.min(0, value + drift * (normal() + answer.advantage * 0.7)),
        );
        return { ...answer, oldLogprobs, newLogprobs, update };
      }),
    };
  });
}

export function metricsOf(groups: GroupView[], { config, step, seconds }: FakeStep): Record<string, number> {
  const answers = groups.flatMap((group) => group.answers);
  const objective = {
    lossMode: config['policy_loss.loss_mode'],
    clipRatioLow: config.clip_ratio_low,
    clipRatioHigh: config.clip_ratio_high,
    clipRatioC: config.clip_ratio_c,
  };
  let tokens = 0;
  let low = 0;
  let high = 0;
  for (const { newLogprobs, oldLogprobs, advantage } of answers) {
    if (!newLogprobs || !oldLogprobs) continue;
    const advantages = new Float32Array(newLogprobs.length).fill(advantage);
    for (const term of answerTerms({ logprobs: newLogprobs, oldLogprobs, advantages }, objective)) {
      low += Number(term.clippedLow);
      high += Number(term.clippedHigh);
      tokens++;
    }
  }
  const dropped = (reason: GroupView['dropReason']) =>
    groups.filter((group) => group.dropReason === reason).length;
  const mean = (pick: (answer: AnswerView) => number) =>
    answers.reduce((sum, answer) => sum + pick(answer), 0) / answers.length;
  return {
    'critic/rewards/mean': mean((answer) => answer.score.total),
    'critic/score/mean': mean((answer) => answer.score.base),
    'actor/entropy': 1.4 * Math.exp(-step / 120) + 0.05 * normal(),
    'actor/ppo_kl': Math.abs(0.004 + 0.001 * normal()),
    'actor/pg_clipfrac_low': low / Math.max(1, tokens),
    'actor/pg_clipfrac_high': high / Math.max(1, tokens),
    'actor/grad_norm': 0.4 + 0.05 * Math.abs(normal()),
    'actor/pg_loss': 0.01 * normal(),
    'actor/loss': 0.01 * normal(),
    'response_length/mean': mean((answer) => answer.tokens.length),
    'response_length/min': Math.min(...answers.map((answer) => answer.tokens.length)),
    'response_length/max': Math.max(...answers.map((answer) => answer.tokens.length)),
    'critic/rewards/min': Math.min(...answers.map((answer) => answer.score.total)),
    'critic/rewards/max': Math.max(...answers.map((answer) => answer.score.total)),
    'response_length/clip_ratio': mean((answer) => Number(answer.finish === 'length')),
    'group/kept': groups.filter((group) => group.kept).length,
    'group/zero_std_frac': groups.filter((group) => group.std === 0).length / groups.length,
    'behavior/ground': Math.abs(normal()) * 0.2,
    'behavior/verify': Math.abs(normal()) * 0.1,
    'perf/total_num_tokens':
      256 * groups.length + answers.reduce((sum, { tokens }) => sum + tokens.length, 0),
    'group/dropped_all_right': dropped('all right'),
    'group/dropped_all_wrong': dropped('all wrong'),
    'group/dropped_uniform_reward': 0,
    'group/dropped_surplus': 0,
    'train/num_gen_batches': 1,
    'perf/time_per_step': seconds,
    'perf/rollouts_per_s': (groups.length * config.group_size) / seconds,
    'perf/gpu_busy': 0.71,
    'timing_s/gen': seconds / 2,
    'timing_s/update_actor': seconds / 2,
    'timing_s/step': seconds,
  };
}

/** Lines as a run folder has them. */
export function rowsOf({ step, groups, stage }: StepView): RolloutRow[] {
  return groups.flatMap((group) =>
    group.answers.map(({ text: output, score, advantage, tokens, finish }, index) => ({
      input: group.question,
      question: group.question,
      output,
      tokens: tokens.length,
      truncated: finish === 'length',
      gts: group.gold[0],
      score: score.total,
      step,
      uid: group.uid,
      index,
      rule: score.rule,
      judge: null,
      overlong_reward: score.overlong,
      advantage,
      kept: group.kept,
      drop_reason: group.dropReason,
      acc: score.correct,
      pred: score.parsed,
      stage: stage ? stage.index + 1 : null,
      pool: false,
      visits: 0,
      last_reward: null,
    })),
  );
}

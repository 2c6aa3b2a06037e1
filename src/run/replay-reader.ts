/**
 * @file Reads `replay/{step}.json` (replay-step.ts). The file may come from anywhere: every value is checked before the
 * page sees it, and what fails is named.
 */
import { asCodedError, CodedError } from '../errors';
import type { JudgeResult, Score } from '../reward/types';
import type { StageMark } from '../rl/curriculum';
import type { DropReason } from '../rl/types';
import type { Family, LongDocument, Span } from '../tasks/types';
import { readPool } from './draw-state';
import { replayVersion } from './replay-step';
import type { AnswerView, GroupView, StepView } from './step-view';

/** All of a step but its metrics, which stand in metrics.jsonl. */
export type ReplayStep = Omit<StepView, 'metrics'>;

/**
 * @param step that the file must be of.
 * @param document the text that the step's questions were asked of: ranges of its groups lie inside.
 * @throws CodedError `replay.version` for another version, `replay.step` for what is not whole.
 */
export function readReplayStep(text: string, step: number, document: LongDocument): ReplayStep {
  try {
    const file = object(JSON.parse(text), 'the file');
    if (file.version !== replayVersion) throw anotherVersion(step, file.version);
    if (file.step !== step) throw new Fault('step');
    const unit = finite(file.unit, 'unit');
    if (!(unit >= 1e-7 && unit <= 0.01)) throw new Fault('unit');
    const groups = list(file.groups, 'groups').map((raw) => readGroup(raw, step, unit, document));
    if (new Set(groups.map(({ uid }) => uid)).size < groups.length) throw new Fault('uid');
    return {
      step,
      updates: count(file.updates, 'updates'),
      stage: file.stage === null ? null : readStage(file.stage),
      pool: readPool(file.pool),
      groups,
    };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'replay.version') throw error;
    const what = error instanceof Fault ? `"${error.message}" is missing or wrong` : 'it is not whole';
    throw new CodedError(
      'replay.step',
      `Step ${step} of this recording cannot be shown: ${what}.`,
      'Its curves and the other steps can be looked at all the same.',
      { cause: asCodedError(error) },
    );
  }
}

/** No log-prob is above 0 and no entropy below, but for rounding; nor is either far from it. */
const slack = 0.01;
const maxNats = 10_000;

/** A value that is not what its name says. */
class Fault extends Error {}

function anotherVersion(step: number, version: unknown): CodedError {
  return new CodedError(
    'replay.version',
    `Step ${step} is recorded in version ${JSON.stringify(version) ?? '?'}; this Longview reads version ${replayVersion}.`,
    'Open it with the Longview that made it, or record the run again.',
  );
}

function readGroup(raw: unknown, step: number, unit: number, document: LongDocument): GroupView {
  const file = object(raw, 'groups');
  const documentId = string(file.document_id, 'document_id');
  const range = (value: unknown, name: string): Span => {
    const [start, end, ...more] = list(value, name).map((part) => count(part, name));
    const length = documentId === document.id ? document.text.length : Number.MAX_SAFE_INTEGER;
    if (end === undefined || more.length > 0 || start > end || end > length) throw new Fault(name);
    return { start, end };
  };
  const { retrospective } = file;
  return {
    uid: matching(file.uid, /^\d{1,9}-\d{1,4}-\d{1,5}$/, 'uid'),
    step,
    questionId: string(file.question_id, 'question_id'),
    documentId,
    question: string(file.question, 'question'),
    family: keyOf(families, file.family, 'family'),
    gold: strings(file.gold, 'gold'),
    ...(file.rejected !== undefined && { rejected: strings(file.rejected, 'rejected') }),
    window: range(file.window, 'window'),
    evidence: list(file.evidence, 'evidence').map((part) => range(part, 'evidence')),
    promptTokens: count(file.prompt_tokens, 'prompt_tokens'),
    ...(file.prompt_tail !== undefined && { promptTail: strings(file.prompt_tail, 'prompt_tail') }),
    mean: finite(file.mean, 'mean'),
    std: finite(file.std, 'std'),
    kept: boolean(file.kept, 'kept'),
    dropReason: file.drop_reason === null ? null : keyOf(dropReasons, file.drop_reason, 'drop_reason'),
    retrospective: retrospective === null ? null : readVisits(retrospective),
    answers: some(file.answers, 'answers').map((answer) => readAnswer(answer, unit)),
  };
}

function readVisits(raw: unknown): NonNullable<GroupView['retrospective']> {
  const { visits, lastReward } = object(raw, 'retrospective');
  return {
    visits: count(visits, 'visits'),
    lastReward: lastReward === null ? null : finite(lastReward, 'lastReward'),
  };
}

function readAnswer(raw: unknown, unit: number): AnswerView {
  const file = object(raw, 'answers');
  const text = string(file.text, 'text');
  const tokens = whole(file.tokens, null, 'tokens');
  const { length } = tokens;
  if (length === 0 || tokens.some((id) => id < 0 || id > 0xffffffff)) throw new Fault('tokens');
  const sampled = whole(file.sampled, length, 'sampled');
  const beyond = (value: unknown, base: readonly number[], name: string) =>
    whole(value, length, name).map((difference, t) => base[t] + difference);
  const old = file.old === null ? null : beyond(file.old, sampled, 'old');
  const now = file.new === null ? null : beyond(file.new, old ?? sampled, 'new');
  const ref = file.ref === undefined ? null : beyond(file.ref, sampled, 'ref');
  const mask = file.mask === undefined ? null : whole(file.mask, length, 'mask');
  if (mask?.some((kept) => kept !== 0 && kept !== 1)) throw new Fault('mask');
  const values = (units: readonly number[], low: number, high: number, name: string) => {
    const found = Float32Array.from(units, (value) => value * unit);
    if (found.some((value) => value < low || value > high)) throw new Fault(name);
    return found;
  };
  const logprobs = (units: readonly number[], name: string) => values(units, -maxNats, slack, name);
  const finish = matching(file.finish, /^(stop|length)$/, 'finish');
  return {
    text,
    tokenTexts: cut(text, whole(file.lengths, length, 'lengths')),
    tokens: Uint32Array.from(tokens),
    sampledLogprobs: logprobs(sampled, 'sampled'),
    oldLogprobs: old && logprobs(old, 'old'),
    newLogprobs: now && logprobs(now, 'new'),
    ...(ref && { refLogprobs: logprobs(ref, 'ref') }),
    ...(mask && { policyMask: Uint8Array.from(mask) }),
    entropies: values(whole(file.entropy, length, 'entropy'), -slack, maxNats, 'entropy'),
    update: count(file.update, 'update'),
    advantage: finite(file.advantage, 'advantage'),
    score: readScore(file.score),
    finish: finish === 'length' ? 'length' : 'stop',
  };
}

/** The text as the tokens it is made of, which must be all of it. */
function cut(text: string, lengths: readonly number[]): string[] {
  let at = 0;
  const parts = lengths.map((length) => {
    if (length < 0) throw new Fault('lengths');
    at += length;
    return text.slice(at - length, at);
  });
  if (at !== text.length) throw new Fault('lengths');
  return parts;
}

function readScore(raw: unknown): Score {
  const { rule, judge, base, overlong, total, correct, parsed, reason } = object(raw, 'score');
  return {
    rule: finite(rule, 'rule'),
    judge: readVerdict(judge),
    base: finite(base, 'base'),
    overlong: finite(overlong, 'overlong'),
    total: finite(total, 'total'),
    correct: boolean(correct, 'correct'),
    parsed: parsed === null ? null : string(parsed, 'parsed'),
    reason: string(reason, 'reason'),
  };
}

function readVerdict(raw: unknown): JudgeResult {
  const { asked, reason, failed, verdict, probability, reply, ms } = object(raw, 'judge');
  if (!boolean(asked, 'judge'))
    return { asked: false, reason: string(reason, 'judge'), ...(failed === true && { failed }) };
  if (verdict !== 0 && verdict !== 1) throw new Fault('verdict');
  return {
    asked: true,
    verdict,
    probability: finite(probability, 'probability'),
    reply: string(reply, 'reply'),
    ms: finite(ms, 'ms'),
  };
}

function readStage(raw: unknown): StageMark {
  const { kind, index, number, name, lengths, steps, ended, isLast } = object(raw, 'stage');
  const { over, max } = object(lengths, 'stage');
  return {
    kind: matching(kind, /^(sft|rl)$/, 'stage') === 'sft' ? 'sft' : 'rl',
    index: count(index, 'stage'),
    number: finite(number, 'stage'),
    name: string(name, 'stage'),
    lengths: { over: count(over, 'stage'), max: count(max, 'stage') },
    steps: count(steps, 'stage'),
    ended: ended === null ? null : keyOf(stopReasons, ended, 'stage'),
    isLast: boolean(isLast, 'stage'),
  };
}

const families: Readonly<Record<Family, true>> = {
  cloze: true,
  lookup: true,
  'two-hop': true,
  sum: true,
  docmath: true,
  frames: true,
  '2wiki': true,
  hotpot: true,
  musique: true,
  narrative: true,
  qasper: true,
  keychain: true,
  'given-text': true,
  'given-number': true,
  'given-choice': true,
};

const dropReasons: Readonly<Record<DropReason, true>> = {
  'all right': true,
  'all wrong': true,
  'uniform reward': true,
  surplus: true,
  probe: true,
};

const stopReasons: Readonly<Record<NonNullable<StageMark['ended']>, true>> = {
  steps: true,
  plateau: true,
  entropy: true,
  vary: true,
};

function keyOf<K extends string>(known: Readonly<Record<K, true>>, raw: unknown, name: string): K {
  if (typeof raw === 'string' && Object.hasOwn(known, raw)) return raw as K;
  throw new Fault(name);
}

function object(raw: unknown, name: string): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Fault(name);
  return raw as Record<string, unknown>;
}

function list(raw: unknown, name: string): unknown[] {
  if (!Array.isArray(raw)) throw new Fault(name);
  return raw;
}

function some(raw: unknown, name: string): unknown[] {
  const found = list(raw, name);
  if (found.length === 0) throw new Fault(name);
  return found;
}

function string(raw: unknown, name: string): string {
  if (typeof raw !== 'string') throw new Fault(name);
  return raw;
}

function strings(raw: unknown, name: string): string[] {
  return some(raw, name).map((part) => string(part, name));
}

function matching(raw: unknown, pattern: RegExp, name: string): string {
  const found = string(raw, name);
  if (!pattern.test(found)) throw new Fault(name);
  return found;
}

function boolean(raw: unknown, name: string): boolean {
  if (typeof raw !== 'boolean') throw new Fault(name);
  return raw;
}

function finite(raw: unknown, name: string): number {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) throw new Fault(name);
  return raw;
}

function count(raw: unknown, name: string): number {
  const found = finite(raw, name);
  if (!Number.isSafeInteger(found) || found < 0) throw new Fault(name);
  return found;
}

/** Whole numbers, one a token. */
function whole(raw: unknown, length: number | null, name: string): number[] {
  const found = list(raw, name);
  if ((length !== null && found.length !== length) || !found.every(Number.isSafeInteger))
    throw new Fault(name);
  return found as number[];
}

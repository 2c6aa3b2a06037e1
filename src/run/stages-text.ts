/**
 * @file The stages of a run as one line, for flags, links and files, and back.
 *
 *   sft:96x200/vary=0.5,256x40,1024x60/share=0.25,4096/plateau=10:0.01:3/entropy=0.05/name=long
 *
 * A stage is its longest prompt in tokens, its steps where it has a number of them, and options behind slashes:
 * `share` of retrospective questions, `plateau` = window : gain : patience, `entropy` floor, `name`. A stage that opens
 * with `sft:` is supervised warm-up; its options are `vary`, the share of varying groups that ends it, and `name`. `off`
 * is no curriculum at all.
 */
import { CodedError } from '../errors';
import { checkStages, type Plateau, type Stage, type StageKind, warmupStages } from '../rl/curriculum';

/** No stages: the document window alone decides how long prompts are. */
export const noStages = 'off';

const sftMark = 'sft:';
const optionsOf: Record<StageKind, readonly string[]> = {
  sft: ['vary', 'name'],
  rl: ['share', 'plateau', 'entropy', 'name'],
};
const maxStages = 16;
const tokens = { low: 32, high: 131072 };
const example = 'Write stages such as sft:96x200,256x40,1024x60/share=0.25.';

/** @throws CodedError `curriculum.format`, and those of checkStages. */
export function parseStages(text: string): Stage[] {
  if (text.trim() === noStages) return [];
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > maxStages) throw unreadable(`${parts.length} stages are more than ${maxStages}.`);
  const warmups = parts.filter((part) => part.startsWith(sftMark)).length;
  const stages = parts.map((part, i) => parseStage(part, i, warmups));
  checkStages(stages);
  return stages;
}

/** The same stages, in one spelling. */
export function formatStages(stages: readonly Stage[]): string {
  if (stages.length === 0) return noStages;
  return stages
    .map(({ kind, name, maxTokens, stop: { steps, plateau, entropyFloor, vary }, share }, i) =>
      [
        `${kind === 'sft' ? sftMark : ''}${maxTokens}${steps === null ? '' : `x${steps}`}`,
        ...(vary === null ? [] : [`vary=${vary}`]),
        ...(share === null ? [] : [`share=${share}`]),
        ...(plateau === null ? [] : [`plateau=${plateau.window}:${plateau.gain}:${plateau.patience}`]),
        ...(entropyFloor === null ? [] : [`entropy=${entropyFloor}`]),
        ...(name === defaultName(kind, i, warmupStages(stages)) ? [] : [`name=${name}`]),
      ].join('/'),
    )
    .join(',');
}

/** Steps of all stages together; null where there are none, or one ends by another rule alone. */
export function stageSteps(text: string): number | null {
  const stages = parseStages(text);
  const steps = stages.map(({ stop }) => stop.steps ?? Number.NaN).reduce((a, b) => a + b, 0);
  return stages.length > 0 && Number.isFinite(steps) ? steps : null;
}

/** Whether a run begins with supervised warm-up. */
export function hasWarmup(text: string): boolean {
  return warmupStages(parseStages(text)) > 0;
}

/** The same stages without warm-up: for a policy that has had its own. */
export function withoutWarmup(text: string): string {
  return formatStages(parseStages(text).filter(({ kind }) => kind === 'rl'));
}

function defaultName(kind: StageKind, index: number, warmups: number): string {
  if (kind === 'rl') return `stage ${Math.max(1, index + 1 - warmups)}`;
  return index === 0 ? 'warm-up' : `warm-up ${index + 1}`;
}

function parseStage(text: string, index: number, warmups: number): Stage {
  const kind = text.startsWith(sftMark) ? 'sft' : 'rl';
  const [head, ...options] = text.slice(kind === 'sft' ? sftMark.length : 0).split('/');
  const match = /^(\d{1,9})(?:x(\d{1,9}))?$/.exec(head);
  if (!match) throw unreadable(`"${shown(text)}" is no stage.`);
  const stage: Stage = {
    kind,
    name: defaultName(kind, index, warmups),
    maxTokens: within(Number(match[1]), tokens.low, tokens.high, `Stage ${index + 1}: tokens`),
    stop: {
      steps: match[2] === undefined ? null : within(Number(match[2]), 1, 1e6, `Stage ${index + 1}: steps`),
      plateau: null,
      entropyFloor: null,
      vary: null,
    },
    share: null,
  };
  for (const option of options) readOption(stage, option, `Stage ${index + 1}`);
  return stage;
}

function readOption(stage: Stage, option: string, where: string): void {
  const [, key, value] = /^(\w+)=(.+)$/.exec(option) ?? [];
  const known = optionsOf[stage.kind];
  if (!known.includes(key))
    throw unreadable(
      `${where}: "${shown(option)}" is none of ${known.map((name) => `${name}=`).join(', ')}.`,
    );
  switch (key) {
    case 'vary':
      stage.stop.vary = within(number(value, `${where}: vary`), 0.01, 1, `${where}: vary`);
      return;
    case 'share':
      stage.share = number(value, `${where}: share`);
      return;
    case 'plateau':
      stage.stop.plateau = parsePlateau(value, `${where}: plateau`);
      return;
    case 'entropy':
      stage.stop.entropyFloor = within(number(value, `${where}: entropy`), 1e-6, 20, `${where}: entropy`);
      return;
    case 'name':
      if (!/^(?! )[\p{L}\p{N} ._-]{1,24}(?<! )$/u.test(value))
        throw unreadable(`${where}: a name has 1 to 24 letters, digits, dots or dashes, spaces inside.`);
      stage.name = value;
      return;
  }
}

function parsePlateau(text: string, where: string): Plateau {
  const parts = text.split(':');
  if (parts.length !== 3) throw unreadable(`${where} is window:gain:patience, such as 10:0.01:3.`);
  const [window, gain, patience] = parts.map((part) => number(part, where));
  return {
    window: whole(within(window, 1, 1000, where), where),
    gain: within(gain, 0, 1, where),
    patience: whole(within(patience, 1, 1000, where), where),
  };
}

function number(text: string, where: string): number {
  const value = /^\d*\.?\d+(e-?\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw unreadable(`${where}: "${shown(text)}" is not a number.`);
  return value;
}

function whole(value: number, where: string): number {
  if (!Number.isInteger(value)) throw unreadable(`${where}: ${value} is not a whole number.`);
  return value;
}

function within(value: number, low: number, high: number, where: string): number {
  if (value >= low && value <= high) return value;
  throw unreadable(`${where} must be ${low} to ${high}, not ${value}.`);
}

function unreadable(message: string): CodedError {
  return new CodedError('curriculum.format', message, example);
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

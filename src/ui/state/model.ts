/** @file What the page knows: one run, a bounded window of its events, and what the person is looking at. */
import type {
  AnsweringView,
  EvaluationView,
  GroupView,
  JudgeProgress,
  QuestionView,
  RecordingView,
  RunState,
  TrainerEvent,
} from '../../../workers/protocol';
import type { AdapterSummary } from '../../gpu';
import type { MemoryItem } from '../../policy/plan';
import type { JudgeReport } from '../../reward/guarded-judge';
import type { StageMark } from '../../rl/curriculum';
import type { Pool } from '../../rl/retrospective';
import type { RunConfig } from '../../run/config';
import type { GivenCounts } from '../../run/given-source';
import type { ChosenKernels, KernelChoice } from '../../run/kernel-choice';
import { presets } from '../../run/presets';
import type { LongDocument } from '../../tasks/types';
import type { MetricRow } from './history';
import type { Problem } from './problems';
import type { Pace } from './replay';

export type TokenColour = 'advantage' | 'logprob' | 'ratio' | 'entropy' | 'kl' | 'clipped' | 'objective';

/** Why training waits for Start. */
export type WaitReason = 'stored' | 'asked' | 'software' | 'motion' | 'hidden' | 'data' | 'battery';

/** A live change, drawn as a mark on the charts. */
export interface ChangeMark {
  step: number;
  key: string;
  from: unknown;
  to: unknown;
  /** Time of day, in words. */
  time: string;
  /** Whoever sits at this page, or whoever trained what is only replayed here. */
  who: 'you' | 'recorded';
}

/** Answers of one group whose verdicts are turned round by hand (what-if.ts). */
export interface WhatIf {
  uid: string;
  flipped: readonly number[];
}

/** Values to go back to, by setting, and when the change they undo was last continued, ms. */
export interface UndoEntry {
  before: Partial<RunConfig>;
  ms: number;
}

/** The part of a step under way. */
export type PhaseView = Extract<TrainerEvent, { type: 'phase' }> & {
  /** When its step was first heard of, ms; and the ms from then to this part. */
  begunMs: number;
  spentMs: number;
};
export type OpeningView = Pick<Extract<TrainerEvent, { type: 'opening' }>, 'message' | 'ready' | 'total'>;

/** The judge by the name it has in the setting `judge`; `wanted`: a link names a folder that nobody picked here yet. */
export type JudgeView = { name: string } & (
  | { state: 'off' | 'wanted' }
  | { state: 'loading'; progress: JudgeProgress | null }
  /** @param runtime what computes it; null where it shares the training device. */
  | { state: 'ready'; runtime: 'webgpu' | 'wasm' | null }
  | { state: 'failed'; reason: string }
);

export interface UiState {
  runId: string;
  /** What a person calls the run. */
  name: string;
  /** `none`: no engine yet, or none possible here. */
  state: RunState | 'none';
  /** Steps done. */
  step: number;
  reason: string | null;
  opening: OpeningView | null;
  adapter: AdapterSummary | null;
  parameters: number;
  /** What the run takes on the GPU. */
  memory: readonly MemoryItem[];
  /** Variants of the hot kernels in use. */
  kernels: KernelChoice | null;
  /** Where that choice is from; null where the engine did not say. */
  kernelsFrom: ChosenKernels['from'] | null;
  /** What training uses. */
  config: RunConfig;
  /** What the controls say and training does not know yet. */
  draft: Partial<RunConfig>;
  /** What live changes took away, the newest last. */
  undo: readonly UndoEntry[];
  phase: PhaseView | null;
  history: readonly MetricRow[];
  /** Held-out questions, asked every so many steps. */
  evaluations: readonly EvaluationView[];
  marks: readonly ChangeMark[];
  /** Stage of the last step; null in a run without stages. */
  stage: StageMark | null;
  /** The retrospective pool after the last step. */
  pool: Pool;
  /** How far an evaluation by suites is; null while none runs. */
  suites: { done: number; cells: number } | null;
  groups: readonly GroupView[];
  /**
   * What the first step will ask; `isCertain` where the engine said so, else it holds for the default settings alone. Null where
   * nobody knows.
   */
  nextQuestion: { asked: QuestionView; isCertain: boolean } | null;
  /** Answers that are being written and stand where the shown group does; null where that stays. */
  answering: AnsweringView | null;
  /** Optimiser updates of each of the last steps. */
  updates: Readonly<Record<number, number>>;
  shownUid: string | null;
  /** The shown group changes by itself with the steps. */
  follow: boolean;
  /** When the shown group last changed by itself, ms. */
  shownAtMs: number;
  answer: number;
  /** The pinned token of the selected answer. */
  token: number;
  /** Where the arrow keys stand; null = at the pinned token. */
  cursor: number | null;
  /** Rewards turned round by hand: shown, never trained. */
  whatIf: WhatIf | null;
  colour: TokenColour;
  document: LongDocument | null;
  /** What the document's questions are for this run's prompts; null for a text, and until the engine has counted. */
  given: GivenCounts | null;
  /** A document handed to the engine, which has not taken it yet. */
  offered: LongDocument | null;
  judge: JudgeView;
  /** What became of the last batch of answers put to it. */
  judgeReport: JudgeReport | null;
  problems: readonly Problem[];
  wait: WaitReason | null;
  /** The person asked for a pause that is not there yet. */
  pausing: boolean;
  /** A file is being read or handed to the engine. */
  importing: string | null;
  /** Why training has paused by itself. */
  held: 'hidden' | 'budget' | null;
  trainHidden: boolean;
  /** Where the run's files are; null before its first step. */
  kept: 'disk' | 'memory' | null;
  /** What is on screen was recorded, and nothing trains; null while a run of this page is. */
  recording: RecordingView | null;
  /** How fast recorded steps follow each other. */
  pace: Pace;
  /** No GPU can be had here, so that recorded runs are all there is. */
  untrainable: boolean;
  /** Last thing to tell a screen reader. */
  spoken: string;
}

export const initialState: UiState = {
  runId: '',
  name: '',
  state: 'none',
  step: 0,
  reason: null,
  opening: null,
  adapter: null,
  parameters: 0,
  memory: [],
  kernels: null,
  kernelsFrom: null,
  config: presets['qwenlong-l1-script'],
  draft: {},
  undo: [],
  phase: null,
  history: [],
  evaluations: [],
  marks: [],
  stage: null,
  pool: [],
  suites: null,
  groups: [],
  nextQuestion: null,
  answering: null,
  updates: {},
  shownUid: null,
  follow: true,
  shownAtMs: 0,
  answer: 0,
  token: 0,
  cursor: null,
  whatIf: null,
  colour: 'advantage',
  document: null,
  given: null,
  offered: null,
  judge: { name: 'off', state: 'off' },
  judgeReport: null,
  problems: [],
  wait: null,
  pausing: false,
  importing: null,
  held: null,
  trainHidden: false,
  kept: null,
  recording: null,
  pace: 'normal',
  untrainable: false,
  spoken: '',
};

/** What a new run starts without; the document and what the person set stay. */
export const emptyRun: Pick<
  UiState,
  | 'step'
  | 'reason'
  | 'phase'
  | 'history'
  | 'evaluations'
  | 'marks'
  | 'stage'
  | 'pool'
  | 'suites'
  | 'groups'
  | 'answering'
  | 'updates'
  | 'shownUid'
  | 'follow'
  | 'answer'
  | 'token'
  | 'cursor'
  | 'whatIf'
  | 'undo'
  | 'held'
  | 'judgeReport'
  | 'kept'
  | 'recording'
> = {
  step: 0,
  reason: null,
  phase: null,
  history: [],
  evaluations: [],
  marks: [],
  stage: null,
  pool: [],
  suites: null,
  groups: [],
  answering: null,
  updates: {},
  shownUid: null,
  follow: true,
  answer: 0,
  token: 0,
  cursor: null,
  whatIf: null,
  undo: [],
  held: null,
  judgeReport: null,
  kept: null,
  recording: null,
};

export function shownGroup(state: UiState): GroupView | null {
  return state.groups.find((group) => group.uid === state.shownUid) ?? null;
}

/** What the controls show: live values with the draft on top. */
export function effectiveConfig(state: Pick<UiState, 'config' | 'draft'>): RunConfig {
  return Object.keys(state.draft).length === 0 ? state.config : { ...state.config, ...state.draft };
}

/** @file What the page knows: one run, a bounded window of its events, and what the person is looking at. */
import type { EvaluationView, GroupView, RunState, TrainerEvent } from '../../../workers/protocol';
import type { AdapterSummary } from '../../gpu';
import type { MemoryItem } from '../../policy/plan';
import type { RunConfig } from '../../run/config';
import { presets } from '../../run/presets';
import type { LongDocument } from '../../tasks/types';
import type { MetricRow } from './history';
import type { Problem } from './problems';

export type TokenColour = 'advantage' | 'logprob' | 'ratio' | 'entropy' | 'clipped';

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
}

export type PhaseView = Extract<TrainerEvent, { type: 'phase' }>;
export type OpeningView = Pick<Extract<TrainerEvent, { type: 'opening' }>, 'message' | 'ready' | 'total'>;

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
  /** What training uses. */
  config: RunConfig;
  /** What the controls say and training does not know yet. */
  draft: Partial<RunConfig>;
  phase: PhaseView | null;
  history: readonly MetricRow[];
  /** Held-out questions, asked every so many steps. */
  evaluations: readonly EvaluationView[];
  marks: readonly ChangeMark[];
  groups: readonly GroupView[];
  /** Optimiser updates of each of the last steps. */
  updates: Readonly<Record<number, number>>;
  shownUid: string | null;
  /** The shown group changes by itself with the steps. */
  follow: boolean;
  /** When the shown group last changed by itself, ms. */
  shownAtMs: number;
  answer: number;
  token: number;
  colour: TokenColour;
  document: LongDocument | null;
  /** A document handed to the engine, which has not taken it yet. */
  offered: LongDocument | null;
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
  config: presets['qwenlong-l1-script'],
  draft: {},
  phase: null,
  history: [],
  evaluations: [],
  marks: [],
  groups: [],
  updates: {},
  shownUid: null,
  follow: true,
  shownAtMs: 0,
  answer: 0,
  token: 0,
  colour: 'advantage',
  document: null,
  offered: null,
  problems: [],
  wait: null,
  pausing: false,
  importing: null,
  held: null,
  trainHidden: false,
  kept: null,
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
  | 'groups'
  | 'updates'
  | 'shownUid'
  | 'follow'
  | 'answer'
  | 'token'
  | 'held'
  | 'kept'
> = {
  step: 0,
  reason: null,
  phase: null,
  history: [],
  evaluations: [],
  marks: [],
  groups: [],
  updates: {},
  shownUid: null,
  follow: true,
  answer: 0,
  token: 0,
  held: null,
  kept: null,
};

export function shownGroup(state: UiState): GroupView | null {
  return state.groups.find((group) => group.uid === state.shownUid) ?? null;
}

/** What the controls show: live values with the draft on top. */
export function effectiveConfig(state: UiState): RunConfig {
  return Object.keys(state.draft).length === 0 ? state.config : { ...state.config, ...state.draft };
}

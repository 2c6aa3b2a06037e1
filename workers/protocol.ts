/**
 * @file What page and workers say to each other: calls through comlink, and one typed event stream back.
 * Every event carries the run it belongs to; the page ignores events of runs it no longer shows.
 */
import type { Evaluated } from '../src/evaluation/suites';
import type { AdapterSummary } from '../src/gpu';
import type { MemoryItem } from '../src/policy/plan';
import type { JudgeReport } from '../src/reward/guarded-judge';
import type { JudgeRequest, JudgeResult } from '../src/reward/types';
import type { AblateProgress, AblateRequest } from '../src/run/ablation-here';
import type { AnswerAttention, AttentionQuery } from '../src/run/answer-attention';
import type { NextTokenLogits, NextTokenQuery } from '../src/run/answer-next-token';
import type { RunConfig } from '../src/run/config';
import type { FailedStep } from '../src/run/failed-step';
import type { GivenCounts } from '../src/run/given-source';
import type { JudgePlan } from '../src/run/judge-plan';
import type { ChosenKernels, KernelChoice } from '../src/run/kernel-choice';
import type { MemoryWay } from '../src/run/memory-ways';
import type { ShownRow } from '../src/run/rollout-rows';
import type { GroupView, QuestionView, StepView } from '../src/run/step-view';
import type { ColumnMapping } from '../src/tasks/dataset/columns';
import type { LongDocument } from '../src/tasks/types';

export type { AnswerView, GroupView, QuestionView, StepView } from '../src/run/step-view';

export interface EvaluationView {
  step: number;
  questions: number;
  /** Mean reward of sampled answers, without the overlong term. */
  sampledReward: number;
  /** Share of questions whose greedy answer is right. */
  greedyAccuracy: number;
  /** All values of the evaluation by canonical name. */
  metrics?: Record<string, number>;
}

/** Answers to one question while they are written: nothing of them is scored yet. */
export interface AnsweringView {
  /** Of the group that they will be. */
  uid: string;
  step: number;
  question: QuestionView;
  answers: { text: string; tokens: number; ended: boolean }[];
  /** All of them have ended, and the step waits before it scores them. */
  whole: boolean;
}

/** What a heat table asks: suites of the run's document × lengths × depths. */
export interface SuitesRequest {
  /** Longest prompts, tokens. */
  buckets: number[];
  /** Place of the evidence, 0 to 1. */
  depths: number[];
  questions: number;
  samples: number;
}

/** A stored run as it stood when it was opened again. */
export interface RestoredView {
  name: string;
  /** Steps done: the next is one more. */
  step: number;
  document: LongDocument;
  /** By step, those after `step` left out. */
  rows: { step: number; metrics: Record<string, number> }[];
  /** `time` in seconds since 1970. */
  changes: { step: number; key: string; from: unknown; to: unknown; time: number }[];
  evaluations: EvaluationView[];
}

/** Where a recorded run is: the one the page ships with, or a run stored in this browser. */
export type ReplaySource = { kind: 'shipped' } | { kind: 'stored'; runId: string };

export interface ReplayOptions {
  runId: string;
  source: ReplaySource;
  /** The text on the page: a stored run may only name it. */
  document: LongDocument | null;
}

/** What is known of the making of a recorded run. */
export interface RecordingView {
  /** Where it is stored in this browser; null for the shipped one. */
  storedId: string | null;
  name: string;
  /** `software: …` or `hardware: …`; '' where the run does not say. */
  adapterClass: string;
  /** Seconds since 1970; 0 where it does not say. */
  begun: number;
  commit: string;
  /** Its last step. */
  lastStep: number;
}

/** All that a run knows of its past at a step. */
export interface PositionView extends Omit<RestoredView, 'name' | 'document'> {
  config: RunConfig;
}

export type RunState = 'opening' | 'ready' | 'running' | 'paused' | 'failed';

export type TrainerEvent = { runId: string } & (
  | {
      type: 'opening';
      message: 'adapter' | 'checkpoint' | 'kernels' | 'recording';
      ready: number;
      total: number;
    }
  | {
      type: 'ready';
      adapter: AdapterSummary;
      parameters: number;
      /** What the run takes on the GPU. */
      memory: readonly MemoryItem[];
      config: RunConfig;
      /** Variants of the hot kernels in use. */
      kernels?: KernelChoice;
      /** Where the choice is from, and so when its numbers were checked; absent in a recording. */
      kernelsFrom?: ChosenKernels['from'];
    }
  /** Other variants from the next step on: they have been raced now. */
  | { type: 'kernels'; kernels: KernelChoice; kernelsFrom: ChosenKernels['from'] }
  | { type: 'state'; state: RunState; step: number; reason: string | null }
  | {
      type: 'phase';
      step: number;
      phase: 'rollout' | 'score' | 'update' | 'evaluate';
      round: number;
      kept: number;
      wanted: number;
    }
  /** Answers to held-out questions after a step. */
  | ({ type: 'evaluation' } & EvaluationView)
  /** Cells answered of an evaluation by suites. */
  | { type: 'suites'; done: number; cells: number }
  /** Answers of the group that the step answers first, as far as they are written. */
  | { type: 'answering'; answering: AnsweringView }
  /** Answers as soon as they are scored, before the update; the same groups come again, complete, with `step`. */
  | { type: 'groups'; step: number; groups: GroupView[] }
  | { type: 'step'; record: StepView }
  | {
      type: 'config';
      config: RunConfig;
      step: number;
      changes: { key: string; from: unknown; to: unknown }[];
      memory: readonly MemoryItem[];
    }
  /** A batch of answers was put to the judge. */
  | { type: 'judge'; report: JudgeReport }
  /** A judge that shares the training device is being loaded here. */
  | ({ type: 'judge_loading' } & JudgeProgress)
  /** After `ready` of a run that goes on, or that is a fork: its past. */
  | ({ type: 'restored' } & RestoredView)
  /** Before `ready`: what follows was recorded, and nothing trains. */
  | { type: 'recording'; recording: RecordingView }
  /** A recorded run now stands after this step; what came later is not known yet. */
  | ({ type: 'position' } & PositionView)
  /** Where the run's files are from now on; `memory` = they end with the tab. */
  | { type: 'kept'; where: 'disk' | 'memory' }
  /**
   * The document that questions come from now; of a data set, how many questions the run has; before a run's first step, the
   * question that it asks first.
   */
  | { type: 'document'; id: string; given: GivenCounts | null; next?: QuestionView | null }
  /** @param ways settings with which a run that was refused for its memory fits. */
  | { type: 'error'; code: string; message: string; advice: string; ways?: readonly MemoryWay[] }
);

export interface OpenOptions {
  runId: string;
  /** Differences from the preset, by setting name; `preset` among them. */
  settings: Record<string, unknown>;
  document: LongDocument;
  /** What a person calls the run. */
  name?: string;
  /** Go on with the stored run of this id: its settings with `settings` as live changes, its document, its last checkpoint. */
  resume?: boolean;
  /** Begin as a copy of a stored run at one of its checkpoints; `settings` are what differs. */
  fork?: { runId: string; step: number };
}

/** An event before it is known whose run it is of. */
export type EventBody = TrainerEvent extends infer E
  ? E extends { runId: string }
    ? Omit<E, 'runId'>
    : never
  : never;

/** A run beside the present one, from where that stands. */
export interface TwinOptions {
  runId: string;
  name: string;
  /** What differs. */
  settings: Record<string, unknown>;
}

/** Further seeds of a pair of stored runs. */
export interface SeedPairsRequest {
  /** The new runs' ids begin with it. */
  id: string;
  /** The pair whose settings are trained again. */
  a: { id: string; name: string; config: RunConfig };
  b: { id: string; name: string; config: RunConfig };
  seeds: readonly number[];
  /** Steps of the past that both share, as the first pair does. */
  shared: number;
  /** Steps of each run in all. */
  steps: number;
}

export interface SeedProgress {
  /** The pair that trains, from 1. */
  pair: number;
  pairs: number;
  seed: number;
  step: number;
  steps: number;
}

/** Memory of a run that is not open: by kind, or the words of its refusal. */
export type MemoryEstimate =
  | { items: readonly MemoryItem[]; refused: null }
  | { items: null; refused: { message: string; advice: string } };

/** The trainer worker owns the GPU. */
export interface TrainerApi {
  /** Opens device, policy and task; events say how far it is. Rejections carry a serialised coded error in the event stream. */
  open(options: OpenOptions, listener: (event: TrainerEvent) => void): Promise<void>;
  start(): Promise<void>;
  /** Takes effect after the work in flight; resolves when paused. */
  pause(): Promise<void>;
  /** One whole step, then paused. */
  stepOnce(): Promise<void>;
  /**
   * The next part of a step: sampling, scoring, updating. The step then waits, in the state `paused` for the reason `part`,
   * until it is asked for its next part or its rest.
   */
  stepPart(): Promise<void>;
  /**
   * Pauses, and begins a twin: from then on each step is one of the present run and one of its twin, whose events carry
   * the twin's id. False where it was refused; the reason comes as event.
   */
  twin(options: TwinOptions): Promise<boolean>;
  /**
   * Pauses, then trains a pair of runs with further seeds, on this run's document; `pause` stops it after its step. Gives how
   * many pairs are whole and stored; null where it was refused: the reason comes as event.
   */
  seedPairs(request: SeedPairsRequest, onProgress: (progress: SeedProgress) => void): Promise<number | null>;
  /** Pauses, and lets the twin go; its run stays stored. */
  untwin(): Promise<void>;
  /** New run with the same settings and seed. */
  reset(runId: string): Promise<void>;
  /** Changes live settings; unknown or out-of-range ones are refused as a whole, with the reason as event. */
  change(settings: Record<string, unknown>): Promise<void>;
  /**
   * What a new run with these settings would take on the GPU, or why it would not fit; null where that is not known before it
   * is opened.
   */
  estimate(config: RunConfig): Promise<MemoryEstimate | null>;
  /** Replaces the document from the next batch on. An unusable one is refused with an `error` event, and the old one stays. */
  replaceDocument(document: LongDocument): Promise<void>;
  /** Whether the page shows answers while they are written; until it says so, none are sent. */
  setStreaming(wanted: boolean): Promise<void>;
  /** Whether nobody sees the page: slices of GPU work may then be longer. */
  setHidden(hidden: boolean): Promise<void>;
  /**
   * The judge asked from the next batch on, in this run and those that follow in this worker; null for none.
   * @param connect a port to the loaded judge; rejects with a sentence where it cannot be loaded.
   * @param discard the judge hangs or failed: the next `connect` makes another one.
   */
  setJudge(order: JudgeOrder | null, connect: () => Promise<MessagePort>, discard: () => void): Promise<void>;
  /** Verdicts for questions that are not the run's; where there is no judge, they say so. */
  askJudge(requests: JudgeRequest[]): Promise<JudgeResult[]>;
  /** The answers of a finished step, of this visit or an earlier one, from the run folder; none where it has no such step. */
  rollouts(step: number): Promise<ShownRow[]>;
  /** What the step that last ended this run was learning from, from the run folder; null where none did. */
  failedStep(): Promise<FailedStep | null>;
  /** Pauses, then asks every cell; the weights do not change. Null where it was refused: the reason comes as event. */
  evaluateSuites(request: SuitesRequest): Promise<Evaluated | null>;
  /**
   * Pauses, then trains an ablation grid on the run's settings and text; `pause` stops it after its step, and the same request
   * goes on. Gives the grid's folder with the cells that are finished; null where it was refused: the reason comes as event.
   */
  ablate(
    request: AblateRequest,
    onProgress: (progress: AblateProgress) => void,
  ): Promise<{ path: string; bytes: Uint8Array }[] | null>;
  /**
   * Where the tokens of an answer looked, by the weights of the last finished step: one forward pass between steps, which
   * changes nothing of the run. Null where it was refused: the reason comes as event.
   */
  attention(query: AttentionQuery): Promise<AnswerAttention | null>;
  /** What a token of an answer was chosen from, as the same weights see it; costs and refusals as of `attention`. */
  nextToken(query: NextTokenQuery): Promise<NextTokenLogits | null>;
  /** The run folder as files, for download. */
  files(): Promise<{ path: string; bytes: Uint8Array }[]>;
  close(): Promise<void>;
}

/**
 * A recorded run in the trainer's place: the same calls and events, and no GPU. What only training can do is refused with
 * an `error` event.
 */
export interface ReplayApi extends Omit<TrainerApi, 'open'> {
  /** Reads a recording and stands before its first step. */
  open(options: ReplayOptions, listener: (event: TrainerEvent) => void): Promise<void>;
  /** Goes to a step and shows it; playing goes on from there. Gives the step that was reached: some may not be recorded. */
  seek(step: number): Promise<number>;
  /** Milliseconds from one step to the next. */
  setPace(ms: number): Promise<void>;
}

/** The library worker reads files and makes question previews, away from the page. */
export interface LibraryApi {
  /**
   * Decodes and checks an imported text or data set, by a mapping of columns where a person made one. Throws a plain coded
   * error (`document.*`); that of `import.shape` carries a `preview`.
   */
  read(name: string, bytes: ArrayBuffer, mapping: ColumnMapping | null): Promise<LongDocument>;
}

/** Where a judge's model comes from: the page's own origin, or files that a person picked. */
export type JudgeChoice =
  | { kind: 'embedded' }
  | { kind: 'folder'; files: readonly { path: string; file: File }[] };

export interface JudgeOrder {
  plan: JudgePlan;
  choice: JudgeChoice;
  where: RunConfig['judge_device'];
}

/** Bytes of a file of the model read so far; null where its size is not known. */
export interface JudgeProgress {
  path: string;
  bytes: number;
  total: number | null;
}

/** The judge worker owns ONNX Runtime and the judge's model. */
export interface JudgeWorkerApi {
  /** Loads the model, once. Throws a plain coded error (`judge.*`, `chat.*`, `onnx.*`). */
  open(
    order: JudgeOrder,
    onProgress: (progress: JudgeProgress) => void,
  ): Promise<{ runtime: 'webgpu' | 'wasm' }>;
  /** Serves the loaded judge over a port. */
  attach(port: MessagePort): void;
}

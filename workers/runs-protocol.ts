/** @file What the page and the runs worker say to each other: the stored runs as a list, and what is done with them. */
import type { BandStep, SettingDifference, StripStep, Verdict } from '../src/run/difference';
import type { ImportResult } from '../src/run/import-run';
import type { RunDescription } from '../src/run/run-description';
import type { RunConfig } from '../src/run/settings';
import type { GroupView } from '../src/run/step-view';
import type { LongDocument } from '../src/tasks/types';

export interface ListedRun extends RunDescription {
  /** A tab trains it or has it open. */
  isOpen: boolean;
  /** Bytes on disk. */
  bytes: number;
  /** First line of its notes; '' where there are none that can be read. */
  note: string;
}

export interface StoredRuns {
  /** Last changed first. */
  runs: ListedRun[];
  /** Whether the browser keeps files for the page at all. */
  canKeep: boolean;
  /** Bytes that the page uses and may use, as the browser estimates; null where it does not say. */
  usage: number | null;
  quota: number | null;
}

export interface ImportedRun extends ImportResult {
  /** A run folder, or a policy that became a run before its first step. */
  kind: 'run' | 'policy';
  id: string;
  name: string;
}

/** A file handed in by the page, with its path below the chosen folder. */
export interface GivenFile {
  path: string;
  file: File;
}

/** One metric of two runs: [step, value] by step. */
export interface Curve {
  metric: string;
  a: [number, number][];
  b: [number, number][];
  strip: StripStep[];
  /** Reach over the stored seeds of each run's settings; none where there is but one. */
  bandA: BandStep[];
  bandB: BandStep[];
  /** Of the further runs, in their order. */
  others: [number, number][][];
}

export interface ComparedRuns {
  a: RunDescription;
  b: RunDescription;
  /** Runs that are overlaid beside the two. */
  others: RunDescription[];
  differences: SettingDifference[];
  equalSettings: number;
  curves: Curve[];
  /** Steps of a past that both share. */
  sharedSteps: number;
  /** Steps that both have, ascending. */
  steps: number[];
  /** How many of them come after the shared past. */
  commonSteps: number;
  lastCommon: number | null;
  /** First step at which any value but the clock's differs; null = none so far. */
  partedAt: number | null;
  sameDocument: boolean;
  /** Seeds of which a pair with these settings is stored. */
  seeds: number[];
  verdict: Verdict;
}

export interface ComparedAnswer {
  output: string;
  score: number;
  acc: boolean;
  /** Where in `output` the first differing token begins; null where nothing differs or tokens are unknown. */
  differsFrom: number | null;
}

export interface ComparedQuestion {
  input: string;
  gold: string;
  answers: { index: number; a: ComparedAnswer | null; b: ComparedAnswer | null; token: number | null }[];
}

/** What a clip plot shows of a run at a step. */
export interface ComparedClip {
  /** Settings of that step. */
  config: RunConfig;
  updates: number;
  /** Those that were learned from. */
  groups: GroupView[];
}

/** Every call rejects with a plain `{ code, message, advice }`. */
export interface RunsApi {
  list(): Promise<StoredRuns>;
  /** The newest run that can go on: whole settings, a whole checkpoint, open in no tab. */
  newest(): Promise<RunDescription | null>;
  rename(id: string, name: string): Promise<void>;
  /** What a person wrote about a run; '' where there is nothing. Rejects with `notes.*` where it cannot be read. */
  notes(id: string): Promise<string>;
  /** Replaces the notes of a run. Rejects with `notes.*`; what was there stays then. */
  writeNotes(id: string, text: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** The whole folder as a zip; files on disk are read when the Blob is. */
  zip(id: string): Promise<Blob>;
  /**
   * Takes in a run folder or a policy as a Hugging Face folder, as files or as one zip.
   * @param start settings and text of the run that a policy becomes.
   */
  takeIn(files: GivenFile[], start: { config: RunConfig; document: LongDocument }): Promise<ImportedRun>;
  /** @param also at most two further runs whose curves are overlaid. */
  compare(a: string, b: string, also: readonly string[]): Promise<ComparedRuns>;
  /** Answers of a step in both, by question; those of one run alone come last. */
  answers(a: string, b: string, step: number): Promise<ComparedQuestion[]>;
  /** The tokens of a step in both; null for a run that keeps none of it. */
  clips(a: string, b: string, step: number): Promise<[ComparedClip | null, ComparedClip | null]>;
}

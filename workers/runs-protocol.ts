/** @file What the page and the runs worker say to each other: the stored runs as a list, and what is done with them. */
import type { SettingDifference, StripStep, Verdict } from '../src/run/difference';
import type { ImportResult } from '../src/run/import-run';
import type { RunDescription } from '../src/run/run-description';
import type { RunConfig } from '../src/run/settings';
import type { GroupView } from '../src/run/step-view';

export interface ListedRun extends RunDescription {
  /** A tab trains it or has it open. */
  isOpen: boolean;
  /** Bytes on disk. */
  bytes: number;
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
}

export interface ComparedRuns {
  a: RunDescription;
  b: RunDescription;
  differences: SettingDifference[];
  equalSettings: number;
  curves: Curve[];
  /** Steps of a past that both share. */
  sharedSteps: number;
  /** Steps after it that both have. */
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
  remove(id: string): Promise<void>;
  /** The whole folder as a zip; files on disk are read when the Blob is. */
  zip(id: string): Promise<Blob>;
  importZip(file: File): Promise<ImportedRun>;
  importFolder(files: GivenFile[]): Promise<ImportedRun>;
  compare(a: string, b: string): Promise<ComparedRuns>;
  /** Answers of a step in both, by question; those of one run alone come last. */
  answers(a: string, b: string, step: number): Promise<ComparedQuestion[]>;
  /** The tokens of a step in both; null for a run that keeps none of it. */
  clips(a: string, b: string, step: number): Promise<[ComparedClip | null, ComparedClip | null]>;
}

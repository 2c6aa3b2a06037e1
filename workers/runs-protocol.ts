/** @file What the page and the runs worker say to each other: the stored runs as a list, and what is done with them. */
import type { ImportResult } from '../src/run/import-run';
import type { RunDescription } from '../src/run/run-description';

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
}

/** @file What a bench run finds, in Node and in a page alike: figures, what did not hold, and all samples. */
import type { CodedError } from '../../errors';

export interface Figure {
  part: string;
  /** What was measured. */
  what: string;
  /** Shape or length. */
  at: string;
  value: number;
  unit: string;
  /** Runs behind the value, which is their median; 1 for a single run and for what is no time. */
  runs: number;
  /** Share of what the calibrated machine allows, of the median and of the fastest run. */
  ofRoofline?: { median: number; best: number };
  note?: string;
}

export class Findings {
  readonly figures: Figure[] = [];
  /** What should have held and did not; the table is printed and saved all the same. */
  readonly faults: CodedError[] = [];
  /** All samples and whatever else a part wants kept, by part. */
  readonly details: Record<string, unknown> = {};

  add(...figures: Figure[]): void {
    this.figures.push(...figures);
  }
}

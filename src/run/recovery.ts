/**
 * @file When the GPU is lost in the middle of a run (a reset of the driver, a watchdog): the session is rebuilt from the
 * last checkpoint with half the slice budget. A second loss soon after means that this does not help.
 */
import { CodedError } from '../errors';
import type { Gpu } from '../gpu';
import type { Checkpoint } from './checkpoint';

/** A loss within this time after a rebuild ends the run. */
const quietMs = 60_000;

/** What a session needs to go on after a loss. */
export interface Recovery {
  /** Another device; the lost one and all it held are gone. */
  openGpu(): Promise<Gpu>;
  /** The run's newest whole checkpoint; null where there is none, and the run begins anew. */
  lastCheckpoint(): Promise<Checkpoint | null>;
  /** Told after each rebuild; `step` is what is done again from. */
  onRebuilt?(step: number): void;
}

export function isLoss(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'gpu.lost';
}

/** Decides on losses. */
export class LossRule {
  /** Share of the wanted slice that rebuilt sessions use. */
  sliceShare = 1;
  private rebuiltAt = Number.NEGATIVE_INFINITY;
  private readonly now: () => number;

  /** @param now milliseconds; exchanged in tests. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Runs `rebuild` for a loss that may be survived. @throws the error that is none, CodedError `gpu.lost_again`. */
  async survive(error: unknown, rebuild: (sliceShare: number) => Promise<void>): Promise<void> {
    if (!isLoss(error)) throw error;
    if (this.now() - this.rebuiltAt < quietMs) throw lostAgain(error);
    this.sliceShare /= 2;
    try {
      await rebuild(this.sliceShare);
    } catch (failure) {
      throw isLoss(failure) ? lostAgain(failure) : failure;
    }
    this.rebuiltAt = this.now();
  }
}

function lostAgain(cause: unknown): CodedError {
  return new CodedError(
    'gpu.lost_again',
    'The GPU was reset again within a minute, with slices of half the length.',
    'Lower "GPU slice" and "GPU duty", shorten the context or close other programs that use the GPU; then resume from the last checkpoint.',
    { cause },
  );
}

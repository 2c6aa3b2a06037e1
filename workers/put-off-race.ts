/** @file The race of kernel variants that a first visit did not wait for: it is run while nobody needs the GPU. */
import type { Turns } from './turns';

/** A person who has just paused, or just arrived, is about to do something. */
const restMs = 1000;

export class PutOffRace {
  /** A run was opened with kernels that have not been raced. */
  isDue = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly turns: Turns;
  private readonly race: (stops: () => boolean) => Promise<boolean>;

  /** @param race false where it was stopped: it is run again at the next rest. */
  constructor(turns: Turns, race: (stops: () => boolean) => Promise<boolean>) {
    this.turns = turns;
    this.race = race;
  }

  /** The GPU has come to rest: begins in a moment, where nobody needs it by then. */
  resting(): void {
    clearTimeout(this.timer);
    if (!this.isDue) return;
    this.timer = setTimeout(() => {
      this.turns.spare(async (stops) => {
        if (await this.race(stops)) this.isDue = false;
      });
    }, restMs);
  }
}

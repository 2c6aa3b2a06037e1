/** @file The race of kernel variants that a first visit did not wait for: it is run while nobody needs the GPU. */
import { raceKernels } from '../src/run/kernel-choice';
import type { Session } from '../src/run/session';
import { pageCache } from './page-cache';
import type { EventBody } from './protocol';
import type { RunKeeper } from './run-keeper';
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

interface RacePlace {
  /** Somebody needs the GPU. */
  stops(): boolean;
  /** What `work` gives; null where it fails, which the page is told. */
  orTold<T>(work: () => Promise<T>): Promise<T | null>;
  emit(event: EventBody): void;
}

/**
 * Races for the run that is open; it goes on with the fastest kernels, and the same bits. A race that failed is told, and not run
 * again.
 * @param run null where none can take them.
 * @returns false where it was stopped.
 */
export async function raceForRun(
  run: { session: Session; keeper: RunKeeper } | null,
  { stops, orTold, emit }: RacePlace,
): Promise<boolean> {
  if (!run) return false;
  const { session, keeper } = run;
  const taken = await orTold(async () => {
    const kernels = await raceKernels(session.policy.gpu, pageCache(), stops);
    if (kernels) await session.takeKernels(kernels);
    return kernels !== null;
  });
  if (!taken) return taken === null;
  const { kernels } = session;
  if (keeper.origin) keeper.describe({ ...keeper.origin, kernels });
  emit({ type: 'kernels', kernels, kernelsFrom: 'race' });
  return true;
}

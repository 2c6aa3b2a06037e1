/**
 * @file Further seeds of a pair of runs: each is trained as the first pair was, from the start to the same step, the second
 * run leaving the first where the first twin did. They are stored as runs, and the comparison finds them there.
 */
import { asCodedError, CodedError } from '../src/errors';
import type { StepRecord } from '../src/rl/types';
import type { RunOrigin } from '../src/run/folder';
import { isLoss } from '../src/run/recovery';
import type { RunConfig } from '../src/run/settings';
import { lockStep, type Stepping } from '../src/run/twin';
import type { SeedPairsRequest, SeedProgress } from './protocol';
import type { RunDisk } from './run-disk';
import { type KeptRun, RunKeeper } from './run-keeper';

/** The part of a session that is trained and kept. */
export type PairSession = Stepping & KeptRun & { step(): Promise<StepRecord>; dispose(): Promise<void> };

export interface SeedPlace<T extends PairSession> {
  disk: RunDisk;
  /** What the new runs' folders say of where they were made. */
  origin: RunOrigin;
  /** @param other the settings of the pair's second run, which has to fit beside it. */
  open(config: RunConfig, other: RunConfig): Promise<T>;
  /** A twin from where `first` stands. */
  twin(first: T, config: RunConfig): Promise<T>;
  onProgress(progress: SeedProgress): void;
  /** Asked before each step: true ends after the last whole pair. */
  stopped(): boolean;
  notice(error: CodedError): void;
}

/**
 * Trains the pairs one after the other. A pair that is stopped or fails is removed: half a pair says nothing.
 * @returns how many are whole.
 * @throws CodedError `config.*`, `store.*`, `gpu.*`; `evaluation.seeds` for what else a step failed with.
 */
export async function trainSeedPairs<T extends PairSession>(
  request: SeedPairsRequest,
  place: SeedPlace<T>,
): Promise<number> {
  let whole = 0;
  for (const seed of request.seeds) {
    if (place.stopped() || !(await trainPair(seed, whole + 1, request, place))) break;
    whole++;
  }
  return whole;
}

async function trainPair<T extends PairSession>(
  seed: number,
  pair: number,
  { id, a, b, shared, steps, seeds }: SeedPairsRequest,
  place: SeedPlace<T>,
): Promise<boolean> {
  const { disk, origin } = place;
  const [idA, idB] = [`${id}-a${seed}`, `${id}-b${seed}`];
  const keepers = [idA, idB].map((runId) => new RunKeeper(runId, disk, place.notice));
  const [keeperA, keeperB] = keepers;
  const sessions: T[] = [];
  const tell = (step: number) => place.onProgress({ pair, pairs: seeds.length, seed, step, steps });
  let isWhole = false;
  try {
    tell(0);
    const first = await place.open({ ...a.config, seed }, { ...b.config, seed });
    sessions.push(first);
    keeperA.describe({ ...origin, name: nameOf(a.name, seed), forkedFrom: undefined, seedOf: a.id });
    await keeperA.begin(first);
    while (first.stepsDone < shared && !place.stopped()) {
      await keeperA.save(await first.step(), first);
      tell(first.stepsDone);
    }
    if (first.stepsDone < shared) return false;
    const second = await place.twin(first, { ...b.config, seed });
    sessions.push(second);
    const forkedFrom = { run: idA, name: nameOf(a.name, seed), step: shared };
    keeperB.describe({ ...origin, name: nameOf(b.name, seed), forkedFrom, seedOf: b.id });
    await keeperB.begin(second, { folder: keeperA.folder, step: shared });
    while (second.stepsDone < steps && !place.stopped()) {
      await lockStep([first, second], (record, session) =>
        (session === first ? keeperA : keeperB).save(record, session),
      );
      tell(second.stepsDone);
    }
    isWhole = second.stepsDone >= steps;
    return isWhole;
  } catch (error) {
    throw asRefused(error, seed);
  } finally {
    for (const session of sessions) await session.dispose();
    for (const keeper of keepers) keeper.close();
    if (!isWhole) for (const runId of [idA, idB]) await disk.remove(runId).catch(() => {});
  }
}

function nameOf(name: string, seed: number): string {
  return `${name}, seed ${seed}`;
}

/** The run on screen is whole whatever became of a pair; only a lost GPU takes it along. */
function asRefused(error: unknown, seed: number): unknown {
  const { code, message, advice } = asCodedError(error);
  if (isLoss(error) || /^(config|store|document|run)\./.test(code)) return error;
  return new CodedError('evaluation.seeds', `Seed ${seed}: ${message}`, advice, { cause: error });
}

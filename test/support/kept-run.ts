/** @file Runs that train nothing, kept on a disk in memory. */
import type { CodedError } from '../../src/errors';
import type { StepRecord } from '../../src/rl/types';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import type { LongDocument } from '../../src/tasks/types';
import { type KeptRun, RunKeeper } from '../../workers/run-keeper';
import { runLibrary } from '../../workers/run-library';
import type { fakeDisk } from './fake-disk';
import { origin, smallCheckpoint } from './run-fixture';
import { scoredGroup } from './scored';
import { shippedTokenizerFiles } from './texts';

export const keptDocument: LongDocument = { id: 'd', title: 'A text', text: 'Text.', source: 'imported' };

/** A run that trains nothing and is at some step. */
export class FakeRun implements KeptRun {
  stepsDone = 0;
  document = keptDocument;
  config: RunConfig;

  constructor(config: RunConfig = presets.micro) {
    this.config = config;
  }

  checkpoint = async () => smallCheckpoint(this.stepsDone, shippedTokenizerFiles());

  step(): StepRecord {
    this.stepsDone++;
    return {
      step: this.stepsDone,
      stage: null,
      updates: 1,
      metrics: { 'critic/rewards/mean': this.stepsDone },
      groups: [scoredGroup({ uid: `${this.stepsDone}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 })],
    };
  }
}

/** A keeper that has begun with this run, and what it told. */
export async function begun(disk: ReturnType<typeof fakeDisk> | null, run: FakeRun, id = 'run-1') {
  const notices: CodedError[] = [];
  const keeper = new RunKeeper(id, disk, (error) => notices.push(error));
  keeper.describe(origin);
  await keeper.begin(run);
  return { keeper, notices };
}

let imports = 0;
/** The list of runs of a disk. */
export const library = (disk: ReturnType<typeof fakeDisk> | null) =>
  runLibrary({
    disk,
    estimate: async () => ({}),
    appVersion: '0.1.0',
    commit: 'abc',
    newId: () => `run-new-${++imports}`,
    wait: async () => {},
  });

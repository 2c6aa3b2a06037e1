/** @file What a run starts from: the shipped policy, its own last checkpoint, or a checkpoint of another run. */
import { CodedError } from '../src/errors';
import { type Checkpoint, loadCheckpoint } from '../src/run/checkpoint';
import { changeLive, makeConfig } from '../src/run/config';
import { type ForkOrigin, RunFolder } from '../src/run/folder';
import { storedPolicy } from '../src/run/import-policy';
import type { WrittenChoice } from '../src/run/kernel-choice';
import { openingPreset, type PresetName, presets } from '../src/run/presets';
import { randomPolicy, randomStart } from '../src/run/random-start';
import { describeRun } from '../src/run/run-description';
import type { RunConfig } from '../src/run/settings';
import type { LongDocument } from '../src/tasks/types';
import { shippedPolicy } from './policy-files';
import type { OpenOptions } from './protocol';
import { openRunDisk, type RunDisk } from './run-disk';

/** What a run starts from. */
interface Start {
  config: RunConfig;
  document: LongDocument;
  checkpoint: Checkpoint;
  /** Go on from the checkpoint's step. */
  resume: boolean;
  /** Kernel variants that the run has written; null = choose. */
  kernels: WrittenChoice | null;
  /** Where a fork is from. */
  past: { folder: RunFolder; step: number; origin: ForkOrigin } | null;
}

/** Where a start may come from. */
interface Place {
  /** The run's own folder; of a new run, an empty one in memory. */
  folder: RunFolder;
  disk: RunDisk | null;
  software: boolean;
}

/** @throws CodedError `config.*`, `checkpoint.*`, `store.*`, `run.document`. */
export async function chooseStart(options: OpenOptions, place: Place): Promise<Start> {
  if (options.resume) return storedStart(options, place);
  return options.fork ? forkStart(options, options.fork, place) : freshStart(options, place);
}

function chooseConfig(options: OpenOptions, software: boolean): RunConfig {
  const { preset, ...changes } = options.settings;
  const known = typeof preset === 'string' && Object.hasOwn(presets, preset);
  return makeConfig(known ? (preset as PresetName) : software ? 'micro' : openingPreset, changes);
}

async function freshStart(options: OpenOptions, { software }: Place): Promise<Start> {
  const config = chooseConfig(options, software);
  return {
    config,
    document: options.document,
    checkpoint: await startOf(config),
    resume: false,
    kernels: null,
    past: null,
  };
}

/**
 * The shipped policy, random weights of its shape, or one that was brought in.
 * @throws CodedError `checkpoint.*`, `store.missing` where this browser does not hold it.
 */
export async function startOf({ policy, seed }: RunConfig): Promise<Checkpoint> {
  if (policy.startsWith(storedPolicy)) return broughtIn(policy.slice(storedPolicy.length));
  const base = new URL(`${import.meta.env.BASE_URL}policy/`, self.location.origin).href;
  const shipped = await loadCheckpoint(shippedPolicy(base), '');
  return policy === randomPolicy ? randomStart(shipped, seed) : shipped;
}

/** The policy that a run of this browser began with. */
async function broughtIn(id: string): Promise<Checkpoint> {
  try {
    return await new RunFolder(await need(await openRunDisk()).open(id, false)).loadCheckpoint(0);
  } catch (cause) {
    throw new CodedError(
      'checkpoint.missing',
      'The policy these settings begin with was brought into another browser, or is deleted.',
      'Drop its folder onto this page, or choose a preset: it begins with the shipped policy.',
      { cause },
    );
  }
}

/** The run of `keeper` from its last whole checkpoint; one that never had any begins again. */
async function storedStart(options: OpenOptions, { folder }: Place): Promise<Start> {
  const found = await folder.newestCheckpoint();
  const step = found?.trainerState.global_step ?? 0;
  const before = await folder.readConfig(step + 1);
  // A change made while the lost step trained was asked for all the same: it acts from the step done again.
  const config = changeLive(await folder.readConfig(), options.settings);
  await folder.recordChanges(step + 1, before, config);
  return {
    config,
    document: await documentOf(folder, step, options.document),
    checkpoint: found ?? (await startOf(config)),
    resume: found !== null,
    kernels: await folder.readKernels(),
    past: null,
  };
}

async function forkStart(
  options: OpenOptions,
  from: { runId: string; step: number },
  { disk }: Place,
): Promise<Start> {
  const folder = new RunFolder(await need(disk).open(from.runId, false));
  const before = await folder.readConfig(from.step);
  const { preset: _, ...changes } = options.settings;
  const { name } = await describeRun(from.runId, folder.store);
  return {
    config: makeConfig(before.preset, { ...before, ...changes }),
    document: await documentOf(folder, from.step, options.document),
    checkpoint: await folder.loadCheckpoint(from.step),
    resume: true,
    kernels: await folder.readKernels(),
    past: { folder, step: from.step, origin: { run: from.runId, name, step: from.step } },
  };
}

function need(disk: RunDisk | null): RunDisk {
  if (disk) return disk;
  throw new CodedError(
    'store.none',
    'This browser keeps no files for the page.',
    'Use a normal window instead of a private one.',
  );
}

/** The text that the next step asks of. A folder without it (of the command line, say) needs the page to hold it. */
async function documentOf(folder: RunFolder, step: number, here: LongDocument): Promise<LongDocument> {
  const stored = await folder.readDocument(step + 1);
  if (stored) return stored;
  const named = await folder.readDocumentName();
  if (named === null || named.id === here.id) return here;
  throw new CodedError(
    'run.document',
    `This run reads "${named.title}", which is not in its folder.`,
    'Open that text first, then the run again.',
  );
}

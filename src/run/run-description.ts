/** @file A run folder in one line of a list: what it is called, how far it came, what can be done with it. */
import { asCodedError } from '../errors';
import { presetDifferences, settingDifferences } from './difference';
import type { ForkOrigin } from './folder';
import { RunFolder } from './folder';
import { differenceName } from './run-names';
import type { RunConfig } from './settings';
import { type FileStore, readJson } from './store';

/** The reward that lists show. */
export const listedMetric = 'critic/rewards/mean';

/** Steps whose mean a list shows: one step says little. */
const meanOver = 10;

export interface RunDescription {
  id: string;
  name: string;
  /** Settings as they are now; null where they cannot be read. */
  config: RunConfig | null;
  /** The last step with a complete record. */
  steps: number;
  /** Steps that the run can go on or fork from, ascending. */
  checkpoints: number[];
  /** Mean reward of the last ten steps; null before the first. */
  reward: number | null;
  /** Seconds since 1970; 0 where the folder does not say. */
  begun: number;
  changed: number;
  /** Where it was made: `software: …` or `hardware: …`. */
  adapterClass: string;
  /** Of the Longview that made it; '' where the folder does not say. */
  commit: string;
  documentId: string;
  documentTitle: string;
  forkedFrom: ForkOrigin | null;
  /** What tells it from the run it was forked from, else from its preset, in a few words; '' where nothing does. */
  difference: string;
  /** Id of the run that it repeats with another seed; null for others. */
  seedOf: string | null;
  /** Why the folder cannot be used; null = it can. */
  damage: string | null;
}

/** Reads what a list shows of a run folder. Never throws for what is in it: damage is part of the description. */
export async function describeRun(id: string, store: FileStore): Promise<RunDescription> {
  const folder = new RunFolder(store);
  const record = await readJson(store, 'config.json', 'config.json').catch(
    () => ({}) as Record<string, unknown>,
  );
  const text = (key: string) => (typeof record[key] === 'string' ? (record[key] as string) : '');
  const begun = typeof record.time === 'number' && Number.isFinite(record.time) ? record.time : 0;
  const rows = await folder.readMetrics();
  const rewards = rows.map((row) => row[listedMetric]).filter((value) => value !== undefined);
  let config: RunConfig | null = null;
  let damage: string | null = null;
  try {
    config = await folder.readConfig();
  } catch (error) {
    damage = asCodedError(error).message;
  }
  const forkedFrom = asForkOrigin(record.forked_from);
  const before = forkedFrom && (await folder.readConfig(forkedFrom.step).catch(() => null));
  return {
    id,
    name: text('name') || id,
    config,
    steps: rows.at(-1)?.step ?? 0,
    checkpoints: await folder.stableSteps(),
    reward: rewards.length === 0 ? null : meanOfLast(rewards),
    begun,
    changed: Math.max(begun, rows.at(-1)?.time ?? 0),
    adapterClass: text('adapter_class'),
    commit: text('commit'),
    documentId: text('document_id'),
    documentTitle: text('document_title'),
    forkedFrom,
    difference:
      config === null
        ? ''
        : differenceName(before ? settingDifferences(before, config) : presetDifferences(config)),
    seedOf: text('seed_of') || null,
    damage,
  };
}

function meanOfLast(values: readonly number[]): number {
  const last = values.slice(-meanOver);
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}

function asForkOrigin(value: unknown): ForkOrigin | null {
  if (typeof value !== 'object' || value === null) return null;
  const { run, name, step } = value as Partial<Record<keyof ForkOrigin, unknown>>;
  const isWhole = typeof run === 'string' && typeof name === 'string' && Number.isSafeInteger(step);
  return isWhole ? { run, name, step: step as number } : null;
}

/** @file The phrases a run's behaviours were counted with, as `behaviours.json` of its folder, and counting anew with others. */

import { CodedError } from '../errors';
import {
  type BehaviourPatterns,
  defaultBehaviourPatterns,
  parseBehaviourPatterns,
} from '../evaluation/behaviour-patterns';
import { BehaviourCounter } from '../evaluation/behaviours';
import type { RunFolder } from './folder';
import { type FileStore, readText } from './store';

const file = 'behaviours.json';

/** A pattern list from its text. @throws CodedError `behaviours.list`, `behaviours.pattern`. */
export function readBehaviourText(text: string): BehaviourPatterns {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CodedError(
      'behaviours.list',
      'The pattern list is not valid JSON.',
      'Check its commas and quotes.',
      {
        cause,
      },
    );
  }
  return parseBehaviourPatterns(json);
}

export async function writeBehaviours(store: FileStore, patterns: BehaviourPatterns): Promise<void> {
  await store.write(file, `${JSON.stringify(patterns, null, 2)}\n`);
}

/** The list of a run; the default where its folder has none. @throws CodedError `behaviours.*`. */
export async function readBehaviours(store: FileStore): Promise<BehaviourPatterns> {
  return (await store.exists(file))
    ? readBehaviourText(await readText(store, file))
    : defaultBehaviourPatterns;
}

/** Mean counts per answer of every step whose answers are kept, by the names of the metrics. */
export async function recountBehaviours(
  folder: RunFolder,
  patterns: BehaviourPatterns,
): Promise<{ step: number; metrics: Record<string, number> }[]> {
  const counter = new BehaviourCounter(patterns);
  const rows: { step: number; metrics: Record<string, number> }[] = [];
  for (const { step } of await folder.readMetrics()) {
    const answers = await folder.readRollouts(step);
    if (answers.length > 0)
      rows.push({ step, metrics: counter.metrics(answers.map(({ output }) => output)) });
  }
  return rows;
}

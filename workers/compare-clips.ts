/** @file The tokens of one step in two stored runs, as their clip plots need them. */
import { RunFolder } from '../src/run/folder';
import { readReplayStep } from '../src/run/replay-reader';
import type { RunDisk } from './run-disk';
import type { ComparedClip } from './runs-protocol';

/** Null for a run that keeps no tokens of the step: of a past that it shares, or trained without a page. */
export async function compareClips(
  disk: RunDisk,
  idA: string,
  idB: string,
  step: number,
): Promise<[ComparedClip | null, ComparedClip | null]> {
  return [await readClip(disk, idA, step), await readClip(disk, idB, step)];
}

async function readClip(disk: RunDisk, id: string, step: number): Promise<ComparedClip | null> {
  const folder = new RunFolder(await disk.open(id, false));
  const text = await folder.readReplay(step);
  const document = text === null ? null : await folder.readDocument(step);
  if (text === null || document === null) return null;
  const { groups, updates } = readReplayStep(text, step, document);
  return { config: await folder.readConfig(step), updates, groups: groups.filter(({ kept }) => kept) };
}

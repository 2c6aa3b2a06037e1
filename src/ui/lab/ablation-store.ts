/** @file The ablation that is open in the Ablate view; it stays while other views are looked at. */
import { create } from 'zustand';
import type { AblationReading } from '../../run/ablation-read';
import { readAblation } from '../../run/ablation-read';
import { importLimits } from '../../run/import-run';
import { readZip } from '../../run/zip-reader';
import { type Problem, problemOf } from '../state/problems';

interface AblationState {
  reading: AblationReading | null;
  /** Name of what is being read. */
  busy: string | null;
  /** Why the last try failed; what was open stays open. */
  problem: Problem | null;
}

export const useAblation = create<AblationState>()(() => ({ reading: null, busy: null, problem: null }));

export function openAblationZip(file: File): Promise<void> {
  return open(file.name, async () => readAblation(await readZip(file, importLimits)));
}

export function openAblationFolder(files: readonly File[]): Promise<void> {
  return open(files[0]?.webkitRelativePath.split('/')[0] ?? '', () =>
    readAblation(
      files.map((file) => ({
        path: file.webkitRelativePath || file.name,
        size: file.size,
        read: async () => new Uint8Array(await file.arrayBuffer()),
      })),
    ),
  );
}

async function open(name: string, read: () => Promise<AblationReading>): Promise<void> {
  useAblation.setState({ busy: name, problem: null });
  try {
    useAblation.setState({ reading: await read(), busy: null });
  } catch (error) {
    useAblation.setState({ problem: problemOf(error), busy: null });
  }
}

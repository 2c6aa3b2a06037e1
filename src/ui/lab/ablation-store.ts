/** @file The ablation that is open in the Ablate view; it stays while other views are looked at. */
import { create } from 'zustand';
import type { AblateProgress, AblateRequest } from '../../run/ablation-here';
import type { AblationReading } from '../../run/ablation-read';
import { readAblation } from '../../run/ablation-read';
import { importLimits } from '../../run/import-run';
import { zipParts } from '../../run/zip';
import { readZip } from '../../run/zip-reader';
import { saveFile } from '../save-file';
import { ablateHere } from '../state/commands';
import { type Problem, problemOf } from '../state/problems';

interface AblationState {
  reading: AblationReading | null;
  /** What was trained in this tab and is shown: it is nowhere else. */
  made: readonly { path: string; bytes: Uint8Array }[] | null;
  /** The grid that trains here. */
  training: { progress: AblateProgress | null } | null;
  /** Name of what is being read. */
  busy: string | null;
  /** Why the last try failed; what was open stays open. */
  problem: Problem | null;
}

export const useAblation = create<AblationState>()(() => ({
  reading: null,
  made: null,
  training: null,
  busy: null,
  problem: null,
}));

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
    useAblation.setState({ reading: await read(), made: null, busy: null });
  } catch (error) {
    useAblation.setState({ problem: problemOf(error), busy: null });
  }
}

/** Trains a grid in this tab and shows what of it is finished. */
export async function trainAblation(request: AblateRequest): Promise<void> {
  useAblation.setState({ training: { progress: null }, problem: null });
  const files = await ablateHere(request, (progress) => useAblation.setState({ training: { progress } }));
  useAblation.setState({ training: null });
  if (!files) return;
  await open('', () =>
    readAblation(files.map(({ path, bytes }) => ({ path, size: bytes.length, read: async () => bytes }))),
  );
  useAblation.setState({ made: files });
}

export function saveAblation(): void {
  const { made } = useAblation.getState();
  const entries = (made ?? []).map(({ path, bytes }) => ({ path: `ablation/${path}`, bytes }));
  saveFile('ablation.zip', 'application/zip', zipParts(entries));
}

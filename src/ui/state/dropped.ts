/** @file The files of a drop, those inside dropped folders too, with their paths. */
import type { GivenFile } from '../../../workers/runs-protocol';

/** More files than a run folder or a policy has are not walked through. */
const maxFiles = 50_000;

/** Must be called while the drop is handled: the browser takes its entries back after it. */
export async function droppedFiles(data: DataTransfer): Promise<GivenFile[]> {
  const plain = [...data.files];
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (!entries.some((entry) => entry.isDirectory)) return plain.map((file) => ({ path: file.name, file }));
  const found: GivenFile[] = [];
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: GivenFile[]): Promise<void> {
  if (found.length >= maxFiles) return;
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives its entries in parts, the last of them empty.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return;
    for (const inner of part) await walk(inner, `${path}/`, found);
  }
}

/**
 * @file The folder of an ablation read back: its grid, every finished cell from the cell's own files, and from these the
 * table and the figure anew. What else lies in the folder, checkpoints and answers, is left alone.
 */
import { CodedError } from '../errors';
import { type AblationResult, runAblation } from './ablation';
import { type AblationCell, ablationGrid } from './ablation-grid';
import { gridFile } from './ablation-plan';
import { type AblationTable, ablationFigure, ablationMarkdown, ablationTable } from './ablation-table';
import { makeConfig } from './config';
import { settingsFromJson } from './config-text';
import { importLimits } from './import-run';
import { MemoryStore } from './memory-store';
import { openingPreset } from './presets';
import type { RunConfig } from './settings';
import { type FileStore, readJson } from './store';
import type { PackedFile } from './zip-reader';

export interface AblationReading {
  /** Settings the cells stand on; its seed says nothing. */
  base: RunConfig;
  /** Id of the document that questions were asked of. */
  document: string;
  /** Every cell of the grid, trained or not. */
  cells: readonly AblationCell[];
  results: readonly AblationResult[];
  table: AblationTable;
  /** SVG text. */
  figure: string;
  markdown: string;
}

/** Beside a cell's settings and curves its evaluations before and after training are read. */
const cellFile =
  /^([a-z0-9_-]{1,200})\/(config\.json|metrics\.jsonl|changes\.jsonl|evaluations\/ablation\/step_\d{1,9}\.json)$/;
const seedOf = /-seed_(\d{1,10})$/;
const maxFileBytes = 64e6;
const maxSeeds = 64;

/**
 * @param given files of unknown origin, with the ablation's folder anywhere among them.
 * @throws CodedError `ablate.none` where there is no grid in them or more than one, `ablate.damaged` where a file is not what
 * `longview ablate` writes; `ablate.other_settings`, `config.*`, `import.*`.
 */
export async function readAblation(given: readonly PackedFile[]): Promise<AblationReading> {
  const stores = await take(given);
  const { base: written, steps, document } = await readJson(stores.top, gridFile, 'ablate.damaged');
  const settings = settingsFromJson(JSON.stringify(written ?? null));
  const base = makeConfig(settings.preset ?? openingPreset, settings);
  const seeds = [...new Set([...stores.cells.keys()].flatMap((name) => seedOf.exec(name)?.[1] ?? []))];
  if (seeds.length > maxSeeds) throw damaged(`${seeds.length} seeds are more than ${maxSeeds}.`);
  const { cells, absent } = ablationGrid(
    base,
    seeds.map(Number).sort((a, b) => a - b),
    typeof steps === 'number' ? steps : null,
  );
  const never = () => Promise.reject(new Error('cells are only read here'));
  try {
    const results = await runAblation(cells, {
      store: ({ folder }) => stores.cells.get(folder) ?? new MemoryStore(),
      documentId: '',
      wanted: () => false,
      open: never,
      measure: never,
    });
    const table = ablationTable(results, absent);
    return {
      base,
      document: typeof document === 'string' ? document : '',
      cells,
      results,
      table,
      figure: ablationFigure(results),
      markdown: ablationMarkdown(table),
    };
  } catch (error) {
    // An evaluation of another shape shows when it is counted.
    if (error instanceof CodedError) throw error;
    throw damaged('An evaluation in it has not the form that ablate writes.', error);
  }
}

async function take(
  given: readonly PackedFile[],
): Promise<{ top: FileStore; cells: Map<string, MemoryStore> }> {
  if (given.length > importLimits.entries)
    throw new CodedError(
      'import.size',
      `${given.length} files are more than ${importLimits.entries}.`,
      'Choose the folder of one ablation.',
    );
  const root = findRoot(given.map(({ path }) => path));
  const top = new MemoryStore();
  const cells = new Map<string, MemoryStore>();
  for (const file of given) {
    if (!file.path.startsWith(root)) continue;
    const path = file.path.slice(root.length);
    const [, cell, name] = cellFile.exec(path) ?? [];
    if (path !== gridFile && cell === undefined) continue;
    if (file.size > maxFileBytes) throw damaged(`"${path}" of ${file.size} bytes is too long.`);
    if (cell === undefined) await top.write(path, await file.read());
    else {
      const store = cells.get(cell) ?? new MemoryStore();
      cells.set(cell, store);
      await store.write(name, await file.read());
    }
  }
  return { top, cells };
}

function findRoot(paths: readonly string[]): string {
  const roots = paths
    .filter((path) => path === gridFile || path.endsWith(`/${gridFile}`))
    .map((path) => path.slice(0, -gridFile.length));
  if (roots.length === 1) return roots[0];
  throw new CodedError(
    'ablate.none',
    roots.length === 0
      ? `There is no ablation in it: no ${gridFile}.`
      : `There are ${roots.length} ablations in it.`,
    'Choose the --out folder of one `longview ablate`, or the zip of one.',
  );
}

function damaged(message: string, cause?: unknown): CodedError {
  return new CodedError('ablate.damaged', message, 'Choose the folder as `longview ablate` left it.', {
    cause,
  });
}

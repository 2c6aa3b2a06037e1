/** @file The command that trains an ablation grid on the page's settings, for a shell. Pure. */
import { differenceFromPreset, type RunConfig } from '../../run/config';

/** What stands for the file of an opened text. */
export const documentPlace = 'YOUR-TEXT.txt';

/** Settings that each cell has of its own. */
const ofCells = ['seed', 'preset'];

/** @param hasOwnText the questions are about a text that only a file can name. */
export function ablateCommand(config: RunConfig, hasOwnText: boolean): string {
  const settings = Object.entries(differenceFromPreset(config)).filter(([key]) => !ofCells.includes(key));
  return [
    'node scripts/longview.mjs ablate --out runs/grid --seeds 1,2,3',
    `--preset ${config.preset}`,
    ...settings.map(([key, value]) => `--${key} ${quoted(String(value))}`),
    ...(hasOwnText ? [`--document ${documentPlace}`] : []),
  ].join(' ');
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w.,:=/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

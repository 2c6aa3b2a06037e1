/** @file `longview export`: a run folder in the forms other tools read. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import { saveCheckpoint } from '../run/checkpoint';
import { metricsCsv, verlLines } from '../run/export';
import { RunFolder } from '../run/folder';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { NodeStore } from './node-store';

const specs = {
  run: { kind: 'text', value: 'DIR', help: 'run folder' },
  out: { kind: 'text', value: 'DIR', help: 'where the export goes' },
  step: { kind: 'count', value: 'N', help: 'checkpoint to export [the newest]' },
  dtype: { kind: 'text', value: 'f32|f16', help: 'number format of the weights [f32]' },
} as const satisfies OptionSpecs;

export const help = `longview export --run DIR --out DIR [--flags]

Writes policy/ (a Hugging Face folder), metrics.csv (trackio's import format) and verl.jsonl (verl's FileLogger).

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, settings } = parseArguments(argv, specs);
  const stray = Object.keys(settings)[0];
  if (stray !== undefined) throw usage(`--${stray} has no meaning for export.`);
  if (options.run === undefined || options.out === undefined)
    throw usage('export needs --run DIR and --out DIR.');
  const dtype = options.dtype ?? 'f32';
  if (dtype !== 'f32' && dtype !== 'f16') throw usage(`--dtype is "${dtype}"; it must be f32 or f16.`);

  const folder = new RunFolder(new NodeStore(resolve(options.run)));
  const rows = await folder.readMetrics();
  const step = options.step ?? (await folder.lastStableStep());
  if (rows.length === 0 && step === null)
    throw new CodedError(
      'run.empty',
      `There is no run in ${resolve(options.run)}.`,
      'Choose the folder that holds config.json and metrics.jsonl.',
    );
  const out = new NodeStore(resolve(options.out));
  await out.write('metrics.csv', metricsCsv(rows));
  await out.write('verl.jsonl', verlLines(rows));
  if (step !== null) {
    // Moments are only of use to resume, which is done in the run folder.
    const checkpoint = await folder.loadCheckpoint(step);
    await saveCheckpoint(out, 'policy', { ...checkpoint, optimizer: null }, dtype === 'f16' ? 'F16' : 'F32');
  }
  console.log(
    `${rows.length} steps and ${step === null ? 'no checkpoint' : `checkpoint ${step} (${dtype})`} → ${out.root}`,
  );
  return 0;
}

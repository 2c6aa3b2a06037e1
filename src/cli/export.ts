/** @file `longview export`: a run folder or a policy in the forms other tools read. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../run/checkpoint';
import { metricsCsv, verlLines } from '../run/export';
import { RunFolder } from '../run/folder';
import { saveOnnxPolicy } from '../run/onnx/save-policy';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { policyStore } from './files';
import { NodeStore } from './node-store';

const specs = {
  run: { kind: 'text', value: 'DIR', help: 'run folder' },
  policy: {
    kind: 'text',
    value: 'DIR',
    help: 'checkpoint folder instead of a run; "default" is the shipped one',
  },
  out: { kind: 'text', value: 'DIR', help: 'where the export goes' },
  step: { kind: 'count', value: 'N', help: 'checkpoint of the run to export [the newest]' },
  format: { kind: 'text', value: 'safetensors|onnx', help: 'file format of the weights [safetensors]' },
  dtype: { kind: 'text', value: 'f32|f16', help: 'number format of the weights; ONNX is f32 [f32]' },
} as const satisfies OptionSpecs;

export const help = `longview export --run DIR --out DIR [--flags]

Writes policy/ (a Hugging Face folder) and, of a run, metrics.csv (trackio's import format) and verl.jsonl (verl's
FileLogger). As ONNX the weights are policy/onnx/model.onnx: a decoder with its cache, for ONNX Runtime and
transformers.js.

${optionHelp(specs)}`;

const formats = ['safetensors', 'onnx'] as const;
const dtypes = ['f32', 'f16'] as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, settings } = parseArguments(argv, specs);
  const stray = Object.keys(settings)[0];
  if (stray !== undefined) throw usage(`--${stray} has no meaning for export.`);
  if ((options.run === undefined) === (options.policy === undefined) || options.out === undefined)
    throw usage('export needs --run DIR or --policy DIR, and --out DIR.');
  const format = choice('format', options.format, formats);
  const dtype = choice('dtype', options.dtype, dtypes);
  if (format === 'onnx' && dtype !== 'f32') throw usage('--format onnx writes f32 only.');

  const out = new NodeStore(resolve(options.out));
  const { checkpoint, words } =
    options.run !== undefined
      ? await exportRun(resolve(options.run), options.step, out)
      : {
          checkpoint: await loadCheckpoint(await policyStore(options.policy ?? 'default'), ''),
          words: 'policy',
        };
  if (checkpoint && format === 'onnx') await saveOnnxPolicy(out, 'policy', checkpoint);
  // Moments are only of use to resume, which is done in the run folder.
  else if (checkpoint)
    await saveCheckpoint(out, 'policy', { ...checkpoint, optimizer: null }, dtype === 'f16' ? 'F16' : 'F32');
  console.log(`${words}${checkpoint ? ` (${format}, ${dtype})` : ''} → ${out.root}`);
  return 0;
}

/** Writes the metrics of a run and reads the checkpoint to export, if there is one. */
async function exportRun(
  place: string,
  wanted: number | undefined,
  out: NodeStore,
): Promise<{ checkpoint: Checkpoint | null; words: string }> {
  const folder = new RunFolder(new NodeStore(place));
  const rows = await folder.readMetrics();
  const step = wanted ?? (await folder.lastStableStep());
  if (rows.length === 0 && step === null)
    throw new CodedError(
      'run.empty',
      `There is no run in ${place}.`,
      'Choose the folder that holds config.json and metrics.jsonl.',
    );
  await out.write('metrics.csv', metricsCsv(rows));
  await out.write('verl.jsonl', verlLines(rows));
  const words = `${rows.length} steps and ${step === null ? 'no checkpoint' : `checkpoint ${step}`}`;
  return { checkpoint: step === null ? null : await folder.loadCheckpoint(step), words };
}

function choice<T extends string>(name: string, value: string | undefined, values: readonly T[]): T {
  if (value === undefined) return values[0];
  const found = values.find((each) => each === value);
  if (found === undefined) throw usage(`--${name} is "${value}"; it must be ${values.join(' or ')}.`);
  return found;
}

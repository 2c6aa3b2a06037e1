/** @file `longview export`: a run folder or a policy in the forms other tools read, or settings as a script that launches them. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../run/checkpoint';
import { configFromFlags } from '../run/config-text';
import { metricsCsv, trlLines, verlLines, wandbScript } from '../run/export';
import { RunFolder } from '../run/folder';
import { launchFiles } from '../run/launch/files';
import { targetNames } from '../run/launch/plan';
import { QuestionRows } from '../run/launch/question-rows';
import type { LaunchTarget } from '../run/launch/setting-keys';
import { saveOnnxPolicy } from '../run/onnx/save-policy';
import { completionsName, completionsParquet, questionsParquet } from '../run/parquet-files';
import type { RunConfig } from '../run/settings';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { policyStore, readSettings } from './files';
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
  format: {
    kind: 'text',
    value: 'safetensors|onnx|verl|trl',
    help: 'file format of the weights, or the framework that a script launches [safetensors]',
  },
  verl: { kind: 'text', value: '0.7.0|qwenlong-l1', help: 'which verl a script is for [0.7.0]' },
  config: { kind: 'text', value: 'FILE', help: 'settings of a script, where no run has them' },
  dtype: {
    kind: 'text',
    value: 'f32|f16',
    help: 'number format of the weights; ONNX has a file of each [f32]',
  },
} as const satisfies OptionSpecs;

export const help = `longview export --run DIR --out DIR [--flags]

Writes policy/ (a Hugging Face folder) and, of a run, metrics.csv (trackio's import format), verl.jsonl (verl's
FileLogger), trl.jsonl (TRL's names), metrics.jsonl with wandb_replay.py, which logs it to W&B, and completions/ (the answers of each step as parquet, in TRL's columns). As ONNX the weights are
policy/onnx/model.onnx, and half as large model_fp16.onnx: a decoder with its cache, for ONNX Runtime and transformers.js.

       longview export --format verl|trl --out DIR [--run DIR] [--preset NAME] [--clip_ratio_high 0.28] …

Writes scripts that launch the same training elsewhere, one a stage, from the settings of a run or from flags; of a run
also its questions as one parquet a stage, in verl's columns. Says what is not transferable, as the scripts do.

${optionHelp(specs)}`;

const formats = ['safetensors', 'onnx', 'verl', 'trl'] as const;
const verls = ['0.7.0', 'qwenlong-l1'] as const;
const dtypes = ['f32', 'f16'] as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, settings } = parseArguments(argv, specs);
  const format = choice('format', options.format, formats);
  const dtype = choice('dtype', options.dtype, dtypes);
  const verl = choice('verl', options.verl, verls);
  if (format === 'verl' || format === 'trl') {
    if (options.out === undefined || options.policy !== undefined)
      throw usage('A script needs --out DIR, and settings by --run DIR, --config FILE or flags.');
    return exportLaunch(format === 'trl' ? 'trl' : verl === '0.7.0' ? 'verl' : 'qwenlong', {
      out: options.out,
      run: options.run,
      config: options.config,
      flags: settings,
    });
  }
  const stray = Object.keys(settings)[0] ?? (options.config === undefined ? undefined : 'config');
  if (stray !== undefined) throw usage(`--${stray} has a meaning for --format verl and trl only.`);
  if ((options.run === undefined) === (options.policy === undefined) || options.out === undefined)
    throw usage('export needs --run DIR or --policy DIR, and --out DIR.');
  if (format === 'onnx' && dtype !== 'f32') throw usage('--format onnx writes both f32 and f16.');

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
  console.log(
    `${words}${checkpoint ? ` (${format}, ${format === 'onnx' ? 'f32 and f16' : dtype})` : ''} → ${out.root}`,
  );
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
  await out.write('trl.jsonl', trlLines(rows));
  await out.write('metrics.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await out.write('wandb_replay.py', wandbScript);
  for (const { step } of rows) {
    const answers = await folder.readRollouts(step);
    if (answers.length > 0) await out.write(completionsName(step), await completionsParquet(answers));
  }
  const words = `${rows.length} steps and ${step === null ? 'no checkpoint' : `checkpoint ${step}`}`;
  return { checkpoint: step === null ? null : await folder.loadCheckpoint(step), words };
}

interface LaunchSource {
  out: string;
  run?: string;
  config?: string;
  flags: Readonly<Record<string, unknown>>;
}

/** Writes scripts, and the questions that a run asked; tells what is not carried over. */
async function exportLaunch(
  target: LaunchTarget,
  { out: place, run, config: file, flags }: LaunchSource,
): Promise<number> {
  const out = new NodeStore(resolve(place));
  const folder = run === undefined ? null : new RunFolder(new NodeStore(resolve(run)));
  const base: Partial<RunConfig> = {
    ...(folder && (await folder.readConfig())),
    ...(file === undefined ? {} : await readSettings(file)),
  };
  const title = (await folder?.readDocumentName())?.title ?? null;
  const { files, losses } = launchFiles(configFromFlags(flags, base), target, title);
  for (const { name, text } of files) await out.write(name, text);
  const written = files.map(({ name }) => name);
  if (folder) {
    const questions = new QuestionRows();
    for (const { step } of await folder.readMetrics()) questions.add(await folder.readRollouts(step));
    for (const [stem, rows] of questions.all()) {
      await out.write(`${stem}.parquet`, await questionsParquet(rows));
      written.push(`${stem}.parquet (${rows.length} questions)`);
    }
  }
  console.log(`For ${targetNames[target]}: ${written.join(', ')} → ${out.root}`);
  console.log('Not transferable:');
  for (const { setting, reason } of losses) console.log(`  ${setting}: ${reason}`);
  return 0;
}

function choice<T extends string>(name: string, value: string | undefined, values: readonly T[]): T {
  if (value === undefined) return values[0];
  const found = values.find((each) => each === value);
  if (found === undefined) throw usage(`--${name} is "${value}"; it must be ${values.join(' or ')}.`);
  return found;
}

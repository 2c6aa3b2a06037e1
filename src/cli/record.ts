/** @file `longview record`: a run and its recording as one file, which the page plays where nothing can train. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { packRecording, Recording, unpackRecording } from '../run/recording';
import { type OptionSpecs, optionHelp, parseArguments, settingHelp, usage } from './args';
import { NodeStore } from './node-store';
import { train, specs as trainSpecs } from './train';

const specs = {
  file: { kind: 'text', value: 'FILE', help: 'where the recording goes (.zip)' },
  run: { kind: 'text', value: 'DIR', help: 'a run folder to record as it is, instead of training one' },
  until: { kind: 'count', value: 'N', help: 'last step to record [all]' },
  ...trainSpecs,
} as const satisfies OptionSpecs;

export const help = `longview record --file FILE [--run DIR | flags of train]

Trains a run as \`longview train\` does, and packs what a replay shows of it: settings, curves, documents and every step with
its tokens; no weights.

${optionHelp(specs)}

Settings:
${settingHelp()}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const { file, run: place, until, ...training } = options;
  if (file === undefined) throw usage('record needs --file FILE.');
  if (place !== undefined && Object.keys({ ...settings, ...training }).length > 0)
    throw usage('--run records a run as it is: no other flags but --file and --until go with it.');
  const out = place === undefined ? await train({ settings, options: training }) : resolve(place);
  const archive = await packRecording(await Recording.open(out, new NodeStore(out), null), until);
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, new Uint8Array(await archive.arrayBuffer()));
  const packed = await Recording.open(out, await unpackRecording(archive), null);
  console.log(`${await contents(packed)}, ${(archive.size / 1000).toFixed(1)} KB → ${resolve(file)}`);
  return 0;
}

/** What is in it, read back as a page would. */
async function contents(recording: Recording): Promise<string> {
  let [groups, tokens] = [0, 0];
  for (const step of recording.steps) {
    for (const { answers } of (await recording.view(step))?.groups ?? []) {
      groups++;
      tokens += answers.reduce((sum, answer) => sum + answer.tokens.length, 0);
    }
  }
  return `${recording.steps.length} steps, ${groups} groups, ${tokens} tokens`;
}

/** @file `longview eval`: a checkpoint's answers to held-out questions. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import { configFromFlags } from '../run/config-text';
import { RunFolder } from '../run/folder';
import type { RunConfig } from '../run/settings';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { policyStore, readDocument } from './files';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';

const specs = {
  run: { kind: 'text', value: 'DIR', help: 'run folder; without it the checkpoint of --policy' },
  step: { kind: 'count', value: 'N', help: 'checkpoint of the run folder [the newest]' },
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of; a generated document without it',
  },
  out: { kind: 'text', value: 'FILE', help: 'writes the result as JSON' },
} as const satisfies OptionSpecs;

export const help = `longview eval [--flags] [--any_setting value]

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const { config, policyFiles } =
    options.run === undefined
      ? await ofPolicy(settings)
      : await ofRun(resolve(options.run), options.step, settings);
  const document = await readDocument(options.document);
  const gpu = await openNodeGpu();
  try {
    const session = await openSession({ config, document, policyFiles, gpu });
    try {
      const evaluation = await session.evaluate();
      console.log(`questions        ${evaluation.questions}`);
      console.log(`sampled reward   ${evaluation.sampledReward.toFixed(4)}`);
      console.log(`greedy accuracy  ${evaluation.greedyAccuracy.toFixed(4)}`);
      for (const [name, value] of Object.entries(evaluation.metrics)) console.log(`${name}  ${value}`);
      if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(evaluation, null, 2)}\n`);
    } finally {
      await session.dispose();
    }
  } finally {
    gpu.close();
  }
  return 0;
}

interface Subject {
  config: RunConfig;
  policyFiles: NodeStore;
}

async function ofPolicy(settings: Record<string, unknown>): Promise<Subject> {
  const config = configFromFlags(settings);
  return { config, policyFiles: await policyStore(config.policy) };
}

async function ofRun(
  place: string,
  step: number | undefined,
  settings: Record<string, unknown>,
): Promise<Subject> {
  const folder = new RunFolder(new NodeStore(place));
  const chosen = step ?? (await folder.lastStableStep());
  if (chosen === null)
    throw new CodedError(
      'checkpoint.missing',
      `There is no whole checkpoint in ${place}.`,
      'Choose another --run.',
    );
  const config = configFromFlags(settings, await folder.readConfig(chosen));
  return { config, policyFiles: new NodeStore(`${place}/checkpoints/step_${chosen}`) };
}

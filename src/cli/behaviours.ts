/** @file `longview behaviours`: the phrases that count as reasoning behaviours, and a run counted anew with edited ones. */
import { resolve } from 'node:path';
import { behaviours } from '../evaluation/behaviour-patterns';
import { behaviourMetric } from '../evaluation/behaviours';
import { readBehaviours, recountBehaviours } from '../run/behaviour-file';
import { RunFolder } from '../run/folder';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { readBehaviourList } from './files';
import { NodeStore } from './node-store';

const specs = {
  run: { kind: 'text', value: 'DIR', help: 'run folder whose answers are counted' },
  patterns: { kind: 'text', value: 'FILE', help: "pattern list as JSON [the run's own, or the default]" },
} as const satisfies OptionSpecs;

export const help = `longview behaviours [--flags]

Without --run prints the pattern list: edit it, and give it to --patterns here or to train --behaviours. With --run prints
the mean count per answer of every step. Phrases are an approximation; the paper asks a large model.

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, settings } = parseArguments(argv, specs);
  const stray = Object.keys(settings)[0];
  if (stray !== undefined) throw usage(`--${stray} has no meaning for behaviours.`);
  const store = options.run === undefined ? null : new NodeStore(resolve(options.run));
  const patterns =
    options.patterns === undefined && store
      ? await readBehaviours(store)
      : await readBehaviourList(options.patterns);
  if (store === null) {
    console.log(JSON.stringify(patterns, null, 2));
    return 0;
  }
  console.log(['step', ...behaviours].join('\t'));
  for (const { step, metrics } of await recountBehaviours(new RunFolder(store), patterns))
    console.log(
      [step, ...behaviours.map((behaviour) => metrics[behaviourMetric(behaviour)].toFixed(3))].join('\t'),
    );
  return 0;
}

/** @file `longview judge-eval`: how well a judge folder judges held-out and hand-written pairs. */
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError } from '../errors';
import {
  accuracy,
  confusion,
  confusionTable,
  falseAcceptRate,
  generatedPairs,
  type JudgedPair,
  judgePairs,
} from '../run/judge/evaluation';
import { readHandWritten } from '../run/judge/hand-written';
import { createEmbeddedJudge, judgeFiles } from '../run/onnx/embedded-judge';
import { readJson, readText } from '../run/store';
import { PAIR_KINDS, TAUGHT_KINDS } from '../tasks/judge-pairs';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { repositoryRoot } from './files';
import { NodeStore } from './node-store';

const specs = {
  judge: { kind: 'text', value: 'DIR', help: 'folder of the judge [public/judge]' },
  groups: { kind: 'count', value: 'N', help: 'held-out groups of each kind, about 8 pairs each [60]' },
  seed: { kind: 'count', value: 'S', help: 'seed of the held-out pairs [1]' },
  pairs: { kind: 'text', value: 'FILE', help: 'hand-written pairs [test/fixtures/judge-pairs.json]' },
  errors: { kind: 'flag', help: 'list every wrong verdict' },
} as const satisfies OptionSpecs;

export const help = `longview judge-eval [--flags]

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  if (Object.keys(settings).length > 0)
    throw new CodedError(
      'cli.usage',
      `judge-eval takes no setting such as --${Object.keys(settings)[0]}.`,
      help,
    );
  const store = new NodeStore(resolve(options.judge ?? join(repositoryRoot(), 'public/judge')));
  const { threshold } = await readJson(store, judgeFiles.config, 'judge.config');
  const judge = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
  if (typeof threshold !== 'number') throw new Error('a judge without a threshold was opened');
  const file = resolve(options.pairs ?? join(repositoryRoot(), 'test/fixtures/judge-pairs.json'));
  const handWritten = readHandWritten(await readText(new NodeStore(dirname(file)), basename(file)));

  const groups = options.groups ?? 60;
  const seed = options.seed ?? 1;
  const fresh = PAIR_KINDS.filter((kind) => !TAUGHT_KINDS.has(kind));
  const sets: [string, JudgedPair[]][] = [];
  const started = performance.now();
  for (const [title, pairs] of [
    [
      'Held-out: names, nouns and templates not seen in training',
      generatedPairs('held-out', seed, groups, fresh),
    ],
    [
      'Words learned by heart, in held-out sentences',
      generatedPairs('held-out', seed, groups, [...TAUGHT_KINDS]),
    ],
    ['Hand-written', handWritten],
  ] as const) {
    sets.push([title, await judgePairs(judge, pairs)]);
  }
  const seconds = (performance.now() - started) / 1000;
  judge.close?.();
  console.log(`threshold ${threshold}`);
  for (const [title, pairs] of sets) {
    console.log(`\n${title}\n\n${confusionTable(pairs, threshold)}`);
    if (options.errors) for (const pair of pairs) if (isWrong(pair, threshold)) console.log(describe(pair));
  }
  const all = sets.reduce((sum, [, pairs]) => sum + pairs.length, 0);
  console.log('');
  for (const [title, pairs] of sets) {
    const found = confusion(pairs, threshold);
    console.log(
      `${title}: accuracy ${accuracy(found).toFixed(3)}, false accepts ${falseAcceptRate(found).toFixed(3)} (${pairs.length} pairs)`,
    );
  }
  console.log(
    `${all} pairs in ${seconds.toFixed(1)} s: ${((64 * 1000 * seconds) / all).toFixed(0)} ms for 64`,
  );
  return 0;
}

const isWrong = (pair: JudgedPair, threshold: number): boolean => pair.probability >= threshold !== pair.same;

function describe({ kind, question, gold, prediction, same, probability }: JudgedPair): string {
  return `  ${same ? 'rejected' : 'accepted'} [${kind}] ${question} | ${gold} | ${prediction} | ${probability.toFixed(3)}`;
}

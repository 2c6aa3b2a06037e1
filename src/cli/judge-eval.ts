/** @file `longview judge-eval`: how well a judge folder judges held-out and hand-written pairs. */
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError } from '../errors';
import { describePair, type JudgedSet, modelCard, setLine } from '../run/judge/card';
import { confusionTable, generatedPairs, judgePairs } from '../run/judge/evaluation';
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
  write: {
    kind: 'flag',
    help: 'write the figures into the model card, README.md in the folder of the judge',
  },
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
  const config = await readJson(store, judgeFiles.config, 'judge.config');
  const judge = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
  const threshold = Number(config.threshold);
  const file = resolve(options.pairs ?? join(repositoryRoot(), 'test/fixtures/judge-pairs.json'));
  const handWritten = readHandWritten(await readText(new NodeStore(dirname(file)), basename(file)));

  const groups = options.groups ?? 60;
  const seed = options.seed ?? 1;
  const fresh = PAIR_KINDS.filter((kind) => !TAUGHT_KINDS.has(kind));
  const sets: JudgedSet[] = [];
  const started = performance.now();
  for (const [title, pairs] of [
    ['Held-out names, nouns and templates', generatedPairs('held-out', seed, groups, fresh)],
    [
      'Aliases and synonyms, in held-out templates',
      generatedPairs('held-out', seed, groups, [...TAUGHT_KINDS]),
    ],
    ['Written by hand', handWritten],
  ] as const)
    sets.push({ title, pairs: await judgePairs(judge, pairs) });
  const seconds = (performance.now() - started) / 1000;
  judge.close?.();

  for (const { title, pairs } of sets) {
    console.log(`${title}, threshold ${threshold}\n\n${confusionTable(pairs, threshold)}\n`);
    const wrong = pairs.filter((pair) => pair.probability >= threshold !== pair.same);
    if (options.errors) console.log(`${wrong.map(describePair).join('\n')}\n`);
  }
  for (const set of sets) console.log(setLine(set, threshold));
  const all = sets.reduce((sum, { pairs }) => sum + pairs.length, 0);
  console.log(
    `${all} pairs in ${seconds.toFixed(1)} s: ${((64 * 1000 * seconds) / all).toFixed(0)} ms for 64`,
  );
  if (options.write)
    await store.write('README.md', modelCard({ ...(await trainingFacts(store)), threshold, sets }));
  return 0;
}

/** What `config.json` says of the training. @throws CodedError `judge.config`. */
async function trainingFacts(store: NodeStore) {
  const config = await readJson(store, judgeFiles.config, 'judge.config');
  const training = (config.training ?? {}) as Record<string, unknown>;
  const recipe = (training.recipe ?? {}) as Record<string, unknown>;
  return {
    maxFalseAccepts: Number(config.max_false_accepts_on_validation),
    modelBytes: (await store.read(judgeFiles.model)).length,
    steps: Number(training.steps),
    plannedSteps: Number(recipe.steps),
    pairsAStep: Number(recipe.questions) * Number(recipe.answers),
    seed: Number(recipe.seed),
    adapter: String(training.adapter),
  };
}

/** @file `longview hack`: what answers that know nothing get from every kind of reward. Needs no GPU. */
import { notLoadedJudge } from '../reward/judge';
import { mean } from '../rl/statistics';
import { loadCheckpoint } from '../run/checkpoint';
import { configFromFlags } from '../run/config-text';
import {
  hackProbes,
  hackTable,
  type LabReward,
  type LabRow,
  labRewards,
  type ProbeName,
} from '../run/hack-lab';
import { configuredTasks } from '../run/stage-tasks';
import { loadTokenizer } from '../run/tokenizer-files';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { mapOption, policyStore, readDocument } from './files';
import { nodeJudge } from './node-judge';

const specs = {
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of, or questions of yours (.jsonl, .parquet); a generated document without it',
  },
  map: mapOption,
  questions: { kind: 'count', value: 'N', help: 'questions of the run to try the answers on [16]' },
} as const satisfies OptionSpecs;

export const help = `longview hack [--flags] [--any_setting value]

Puts answers such as "the", "!!!" or all names at once to the first questions of a run with these settings, and prints the
mean reward of each under: the released rule (faithful), the strict rule, the judge alone (strict rule where it has nothing
to judge), and max(rule, judge) with either rule. Without --judge the judge's columns repeat the rule's.

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const count = options.questions ?? 16;
  if (count < 1) throw usage('--questions must be at least 1.');
  const config = configFromFlags(settings);
  const judge = await nodeJudge(config);
  const document = await readDocument(options.document, options.map);
  const tokenizer = loadTokenizer(await loadCheckpoint(await policyStore(config.policy), ''));
  const tasks = configuredTasks(document, tokenizer, config, 'train');
  const tables: LabRow[][] = [];
  try {
    for (let i = 0; i < count; i++) {
      const { question } = tasks.item(i);
      const probes = hackProbes(question, document.text.slice(question.window.start, question.window.end));
      tables.push(await hackTable(question, probes, judge ?? notLoadedJudge()));
    }
    console.log(`${document.title}: ${count} questions, mean reward`);
    console.log(tableOf(tables, judge === null || judge.counts.asked === 0));
    if (judge) {
      const { asked, cached, undecided, failed } = judge.counts;
      console.log(
        `judge ${judge.id}: ${asked} verdicts, ${cached} from its cache, ${undecided} undecided, ${failed} failed`,
      );
    } else console.log('judge: off; --judge embedded or a folder gives its columns something to say');
  } finally {
    judge?.close();
  }
  return 0;
}

function tableOf(tables: readonly LabRow[][], withoutJudge: boolean): string {
  const first = new Map<ProbeName, LabRow>();
  for (const row of tables.flat()) if (!first.has(row.probe.name)) first.set(row.probe.name, row);
  const header = ['answer', ...labRewards.map(String), 'p(judge)', 'for example'];
  const rows = [...first.values()].map(({ probe }) => {
    const all = tables.flat().filter((row) => row.probe.name === probe.name);
    const probabilities = all.flatMap(({ judge }) => (judge.asked ? [judge.probability] : []));
    const reward = (name: LabReward) =>
      withoutJudge && name === 'judge' ? '–' : mean(all.map(({ rewards }) => rewards[name])).toFixed(2);
    return [
      probe.honest ? `${probe.name} (honest)` : probe.name,
      ...labRewards.map(reward),
      probabilities.length === 0 ? '–' : mean(probabilities).toFixed(2),
      JSON.stringify(probe.answer.length > 48 ? `${probe.answer.slice(0, 47)}…` : probe.answer),
    ];
  });
  const widths = header.map((_, c) => Math.max(...[header, ...rows].map((row) => row[c].length)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, c) =>
          c === 0 || c === row.length - 1 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @file `longview eval`: a checkpoint's answers to held-out questions, by suite, length and depth of the evidence. */
import { basename, dirname, resolve } from 'node:path';
import { CodedError } from '../errors';
import { type Evaluated, type EvaluationPlan, planRecord } from '../evaluation/suites';
import { tableText } from '../evaluation/table-text';
import type { EvaluationSuite } from '../evaluation/types';
import type { Gpu } from '../gpu';
import { configFromFlags } from '../run/config-text';
import { documentSuites } from '../run/document-suites';
import {
  askedKey,
  type EvaluationSubject,
  evaluationName,
  readEvaluation,
  readRecords,
  writeEvaluation,
} from '../run/evaluation-files';
import { familySuites } from '../run/family-suites';
import { RunFolder } from '../run/folder';
import { samplingOptions } from '../run/session-settings';
import type { RunConfig } from '../run/settings';
import { BENCHMARK_FAMILIES, SUITE_FAMILIES } from '../tasks/families';
import type { LongDocument } from '../tasks/types';
import { numberList, type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { mapOption, policyStore, readDocument } from './files';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';

const specs = {
  run: { kind: 'text', value: 'DIR', help: 'run folder; without it the checkpoint of --policy' },
  step: {
    kind: 'count',
    value: 'N',
    help: 'checkpoint of the run folder, 0 = its starting policy [the newest]',
  },
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of, or questions of yours (.jsonl, .parquet); a generated document without it',
  },
  map: mapOption,
  suites: {
    kind: 'text',
    value: 'LIST',
    help: `families of the text (given of a data set), or ${SUITE_FAMILIES.join(', ')}, or benchmarks for the seven [all of the text]`,
  },
  buckets: {
    kind: 'text',
    value: 'LIST',
    help: 'prompt lengths in tokens [a quarter, half and all of max_prompt_length]',
  },
  depths: {
    kind: 'text',
    value: 'LIST',
    help: 'places of the evidence, 0 = start of the window, 1 = its end, or any [any]',
  },
  questions: { kind: 'count', value: 'N', help: 'questions a cell [16]' },
  samples: { kind: 'count', value: 'N', help: 'sampled answers a question [8]' },
  k: { kind: 'text', value: 'LIST', help: 'the k of pass@k [1 and doubles of it up to --samples]' },
  out: { kind: 'text', value: 'FILE.json', help: 'writes table and, beside it, answers (FILE.jsonl)' },
} as const satisfies OptionSpecs;

export const help = `longview eval [--flags] [--any_setting value]

Asks suites × lengths × depths greedily and by sampling. score is the mean of max(rule, judge) over all items, failed ones
at 0; pass@k is unbiased; best@N is verl's bootstrap with replacement, a different number. With --run the table and every
answer go into its folder (evaluations/), and the starting policy is asked the same once: the baseline.

${optionHelp(specs)}`;

type Options = ReturnType<typeof parseArguments<typeof specs>>['options'];

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const subjects =
    options.run === undefined
      ? [await ofPolicy(settings)]
      : await ofRun(resolve(options.run), options.step, settings);
  // Flags that say nothing are told before the GPU is opened.
  for (const { config } of subjects) askedOf(options, config);
  const document = await readDocument(options.document, options.map);
  const runStore = options.run === undefined ? null : new NodeStore(resolve(options.run));
  const gpu = await openNodeGpu();
  let baseline: number | null = null;
  try {
    for (const subject of subjects) {
      const found = await evaluated(subject, document, options, gpu, runStore);
      const { table } = found;
      const { score } = table.macro;
      if (options.out !== undefined && subject === subjects.at(-1))
        await writeOut(resolve(options.out), subjectOf(subject, document), found);
      console.log(
        `${subject.step === null ? subject.config.policy : `step ${subject.step}`}, ${document.title}`,
      );
      console.log(tableText(table));
      if (baseline !== null)
        console.log(
          `macro average ${baseline.toFixed(3)} at step 0, ${score.toFixed(3)} at step ${subject.step}: ${score < baseline ? '−' : '+'}${Math.abs(score - baseline).toFixed(3)}`,
        );
      baseline = score;
    }
  } finally {
    gpu.close();
  }
  return 0;
}

/** Weights to be asked. */
interface Subject {
  config: RunConfig;
  policyFiles: NodeStore;
  /** Step of the run, null outside a run. */
  step: number | null;
}

/** A baseline that was asked exactly this before is read, not asked again. */
async function evaluated(
  subject: Subject,
  document: LongDocument,
  options: Options,
  gpu: Gpu,
  runStore: NodeStore | null,
): Promise<Evaluated> {
  const { config, policyFiles, step } = subject;
  const about = subjectOf(subject, document);
  const isStart = (step ?? 0) === 0;
  const session = await openSession({ config, document, policyFiles, isStart, gpu });
  try {
    const served = documentSuites(document, session.tokenizer, config.seed);
    const made = familySuites(session.tokenizer, config.seed, config['task.level']);
    const suites = options.suites === undefined ? served : chosenSuites(options.suites, [...served, ...made]);
    const plan = { ...askedOf(options, config), suites };
    const record = planRecord({ ...plan, sampling: samplingOptions(config, false) });
    const name = evaluationName(step ?? 0, askedKey(record, about));
    if (step === 0 && runStore) {
      const known = await readEvaluation(runStore, name);
      if (known) return { table: known.table, records: await readRecords(runStore, name) };
    }
    const found = await session.evaluateSuites(plan, (done, cells) =>
      process.stderr.write(`cell ${done} of ${cells}\n`),
    );
    if (runStore && step !== null) await writeEvaluation(runStore, name, about, found);
    return found;
  } finally {
    await session.dispose();
  }
}

function subjectOf({ config, step }: Subject, document: LongDocument): EvaluationSubject {
  return {
    policy: config.policy,
    step: step ?? 0,
    rule: config['reward.rule'],
    ...(config.judge !== 'off' && { judge: `${config.judge} (${config.judge_verdict})` }),
    documentId: document.id,
  };
}

/** A plan without its suites. @throws CodedError `cli.usage`; the plan itself is checked where it is used. */
function askedOf(options: Options, config: RunConfig): Omit<EvaluationPlan, 'sampling' | 'suites'> {
  const samples = options.samples ?? 8;
  const longest = config.max_prompt_length;
  const powers = Array.from({ length: 16 }, (_, i) => 2 ** i).filter((k) => k <= samples);
  return {
    buckets: options.buckets
      ? numberList('buckets', options.buckets)
      : [longest / 4, longest / 2, longest].map(Math.ceil),
    depths: (options.depths ?? 'any')
      .split(',')
      .map((word) => (word === 'any' ? null : numberList('depths', word)[0])),
    questions: options.questions ?? 16,
    samples,
    ks: options.k === undefined ? powers : numberList('k', options.k),
    seed: config.seed,
  };
}

function chosenSuites(names: string, suites: readonly EvaluationSuite[]): EvaluationSuite[] {
  const wanted = names
    .split(',')
    .flatMap((name): readonly string[] => (name === 'benchmarks' ? BENCHMARK_FAMILIES : [name]));
  return wanted.map((name) => {
    const suite = suites.find((known) => known.name === name);
    if (suite) return suite;
    throw usage(
      `There is no suite "${name}" for this text; there are ${suites.map((s) => s.name).join(', ')}.`,
    );
  });
}

async function writeOut(path: string, about: EvaluationSubject, found: Evaluated): Promise<void> {
  const name = basename(path).replace(/\.json$/, '');
  await writeEvaluation(new NodeStore(dirname(path)), name, about, found);
}

async function ofPolicy(settings: Record<string, unknown>): Promise<Subject> {
  const config = configFromFlags(settings);
  return { config, policyFiles: await policyStore(config.policy), step: null };
}

/** The run's starting policy, then the chosen checkpoint. */
async function ofRun(
  place: string,
  step: number | undefined,
  settings: Record<string, unknown>,
): Promise<Subject[]> {
  const folder = new RunFolder(new NodeStore(place));
  const chosen = step ?? (await folder.lastStableStep());
  if (chosen === null)
    throw new CodedError(
      'checkpoint.missing',
      `There is no whole checkpoint in ${place}.`,
      'Choose another --run.',
    );
  const config = configFromFlags(settings, await folder.readConfig(chosen));
  const start: Subject = { config, policyFiles: await policyStore(config.policy), step: 0 };
  if (chosen === 0) return [start];
  return [start, { config, policyFiles: new NodeStore(`${place}/checkpoints/step_${chosen}`), step: chosen }];
}

/** @file `longview train`: a run in Node, into a run folder. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import type { Gpu } from '../gpu';
import { type AlgorithmName, algorithms } from '../run/algorithms';
import { readBehaviours, writeBehaviours } from '../run/behaviour-file';
import { changeLive, nearest } from '../run/config';
import { configFromFlags } from '../run/config-text';
import { RunFolder } from '../run/folder';
import { describePlan } from '../run/memory';
import type { Metrics } from '../run/metrics';
import type { Recovery } from '../run/recovery';
import { cleanName } from '../run/run-names';
import type { Session } from '../run/session';
import type { RunConfig } from '../run/settings';
import { stageSteps, withoutWarmup } from '../run/stages-text';
import { stepView } from '../run/step-view';
import { trainTo } from '../run/train-loop';
import type { LongDocument } from '../tasks/types';
import { type Arguments, type OptionSpecs, optionHelp, parseArguments, settingHelp, usage } from './args';
import { givenLine, notAsked } from './dataset-words';
import {
  mapOption,
  policyStore,
  readBehaviourList,
  readDocument,
  readKernels,
  readSettings,
  runOrigin,
} from './files';
import { onInterrupt } from './interrupt';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';
import { Progress } from './progress';

export const specs = {
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of (.txt, .md), or questions of yours (.jsonl, .parquet); a generated document without it',
  },
  map: mapOption,
  steps: {
    kind: 'count',
    value: 'N',
    help: 'training steps, those of a resumed run included [those of the stages, else 50]',
  },
  out: { kind: 'text', value: 'DIR', help: 'run folder [runs/<preset>-<seed>]' },
  name: { kind: 'text', value: 'NAME', help: 'what the run is called' },
  config: { kind: 'text', value: 'FILE', help: 'settings as JSON; flags come on top' },
  algorithm: {
    kind: 'text',
    value: 'NAME',
    help: `a method's settings, on top of the file: ${Object.keys(algorithms).join(', ')}`,
  },
  behaviours: {
    kind: 'text',
    value: 'FILE',
    help: 'phrases of reasoning behaviours to count [those that `longview behaviours` prints]',
  },
  'skip-warmup': {
    kind: 'flag',
    help: 'leave the sft: stages out, for a --policy that has had its warm-up',
  },
  resume: { kind: 'flag', help: 'go on with the run in --out from its last whole checkpoint' },
} as const satisfies OptionSpecs;

export const help = `longview train [--flags]

${optionHelp(specs)}

Settings:
${settingHelp()}`;

const metricsFile = 'metrics.jsonl';

export async function run(argv: readonly string[]): Promise<number> {
  await train(parseArguments(argv, specs));
  return 0;
}

/** Trains as the flags say. @returns the run folder. */
export async function train({ settings, options }: Arguments<typeof specs>): Promise<string> {
  const given = {
    ...(options.config === undefined ? {} : await readSettings(options.config)),
    ...(options.algorithm === undefined ? {} : methodSettings(options.algorithm)),
    ...settings,
  };
  if (options['skip-warmup'] && options.resume)
    throw usage('--skip-warmup is for new runs; a run that goes on has had its warm-up or is in it.');
  const plan = options.resume
    ? await resumed(options.out, given)
    : await fresh(options.out, given, options['skip-warmup'] ?? false);
  const { folder, config, resumeStep } = plan;
  const stored = resumeStep === null ? null : await folder.readDocument(resumeStep + 1);
  const kept = options.document === undefined && options.map === undefined ? stored : null;
  // A run that goes on reads a file given anew by the columns it was read by.
  const document = kept ?? (await readDocument(options.document, options.map ?? stored?.dataset?.columns));
  if (resumeStep !== null && !kept) await checkDocument(folder, document);
  const policyFiles =
    resumeStep === null
      ? await policyStore(config.policy)
      : new NodeStore(`${plan.out}/checkpoints/step_${resumeStep}`);
  const behaviours =
    resumeStep !== null && options.behaviours === undefined
      ? await readBehaviours(folder.store)
      : await readBehaviourList(options.behaviours);
  let gpu = await openNodeGpu();
  const recovery: Recovery = {
    openGpu: async () => {
      gpu = await openNodeGpu();
      return gpu;
    },
    lastCheckpoint: () => folder.newestCheckpoint(),
    onRebuilt: (step) =>
      console.error(`\nThe GPU was reset; going on from step ${step} with shorter slices.`),
  };
  try {
    const resume = resumeStep !== null;
    const kernels = await writtenKernels(folder, resume, options.config);
    const session = await openSession({
      config,
      document,
      policyFiles,
      isStart: !resume,
      gpu,
      behaviours,
      resume,
      recovery,
      kernels,
    });
    await writeBehaviours(folder.store, behaviours);
    if (resumeStep === null) {
      const origin = { ...runOrigin(gpu.adapter, document), kernels: session.kernels };
      await folder.begin(config, { ...origin, ...(options.name && { name: cleanName(options.name) }) });
      await folder.recordDocument(1, document);
    } else if (plan.before) await folder.recordChanges(resumeStep, plan.before, config);
    try {
      const steps = options.steps ?? stageSteps(config.curriculum) ?? 50;
      await trainAndTell(steps, session, folder, config, plan.out, gpu);
    } finally {
      await session.dispose();
    }
  } finally {
    gpu.close();
  }
  return plan.out;
}

function methodSettings(name: string): Readonly<Record<string, unknown>> {
  if (Object.hasOwn(algorithms, name)) return algorithms[name as AlgorithmName];
  throw new CodedError(
    'cli.usage',
    `There is no algorithm "${name}".`,
    `Did you mean "${nearest(name, Object.keys(algorithms))}"?`,
  );
}

/** What the run to resume, or the one whose config.json is repeated, has written. */
async function writtenKernels(folder: RunFolder, resume: boolean, configPath: string | undefined) {
  if (resume) return folder.readKernels();
  return configPath === undefined ? null : readKernels(configPath);
}

interface Plan {
  out: string;
  folder: RunFolder;
  config: RunConfig;
  resumeStep: number | null;
  /** Settings of the run before it was resumed with others. */
  before: RunConfig | null;
}

async function fresh(
  out: string | undefined,
  given: Record<string, unknown>,
  skipWarmup: boolean,
): Promise<Plan> {
  const asked = configFromFlags(given);
  const config = skipWarmup ? { ...asked, curriculum: withoutWarmup(asked.curriculum) } : asked;
  const place = resolve(out ?? `runs/${config.preset}-${config.seed}`);
  const store = new NodeStore(place);
  if ((await store.exists('config.json')) || (await store.exists(metricsFile))) {
    throw new CodedError(
      'cli.out_exists',
      `There is a run in ${place} already.`,
      'Choose another --out, or add --resume to go on with it.',
    );
  }
  return { out: place, folder: new RunFolder(store), config, resumeStep: null, before: null };
}

async function resumed(out: string | undefined, given: Record<string, unknown>): Promise<Plan> {
  if (out === undefined)
    throw new CodedError('cli.usage', '--resume needs --out with the folder of the run.', 'Add --out DIR.');
  const place = resolve(out);
  const folder = new RunFolder(new NodeStore(place));
  const resumeStep = await folder.lastStableStep();
  if (resumeStep === null)
    throw new CodedError(
      'checkpoint.missing',
      `There is no whole checkpoint in ${place}.`,
      'Start the run anew in another folder.',
    );
  const before = await folder.readConfig(resumeStep);
  return { out: place, folder, config: changeLive(before, given), resumeStep, before };
}

/** A resumed run must read the text it began with. @throws CodedError `cli.document`. */
async function checkDocument(folder: RunFolder, document: LongDocument): Promise<void> {
  const begun = await folder.readDocumentName();
  if (begun === null || begun.id === document.id) return;
  const advice =
    document.source === 'generated'
      ? 'Add --document with that file.'
      : 'Give that file, or start a new run.';
  throw new CodedError('cli.document', `This run reads "${begun.title}", not "${document.title}".`, advice);
}

/** Where warm-up stands. */
function warmupLine(step: number, metrics: Metrics): string {
  const [loss, accuracy, vary] = ['train/loss', 'sft/accuracy', 'sft/groups_vary'].map((name) =>
    metrics[name].toFixed(3),
  );
  return `step ${step}: warm-up loss ${loss}, of a probe (first lengths of RL) ${accuracy} right, ${vary} of groups vary`;
}

/** Trains until `steps` steps are done or the person interrupts; leaves a checkpoint and a summary either way. */
async function trainAndTell(
  steps: number,
  session: Session,
  folder: RunFolder,
  config: RunConfig,
  out: string,
  gpu: Gpu,
): Promise<void> {
  const progress = new Progress(process.stderr, steps, session.stepsDone);
  progress.line(
    `${config.preset}, seed ${config.seed}, on ${gpu.adapter.description || gpu.adapter.vendor}; run folder ${out}`,
  );
  progress.line(`memory: ${describePlan(session.memory)}`);
  if (session.document.dataset) progress.line(session.given ? givenLine(session.given) : notAsked);
  const interrupt = onInterrupt(() =>
    progress.line('Stopping after this step; press Ctrl+C again to stop at once.'),
  );
  try {
    const ended = await trainTo(steps, session, folder, {
      onStep: (step, metrics) => {
        progress.update({ step, reward: metrics['critic/rewards/mean'] });
        if (metrics['sft/accuracy'] !== undefined) progress.line(warmupLine(step, metrics));
      },
      onNotice: (step, { code, message, advice }) =>
        progress.line(`step ${step}: ${code}: ${message}\n${advice}`),
      onStage: (step, { name, steps: taken, ended: reason }) =>
        progress.line(`step ${step}: ${name} ends after ${taken} steps (${reason})`),
      onEvaluation: (step, { sampledReward, greedyAccuracy, questions }) =>
        progress.line(
          `step ${step}: held-out reward ${sampledReward.toFixed(3)}, greedy accuracy ${greedyAccuracy.toFixed(3)} (${questions} questions)`,
        ),
      view: (record) => stepView(record, session.tokenizer, session.pool),
      stopped: () => interrupt.asked,
    });
    progress.line(`${ended === 'stopped' ? 'Stopped' : 'Finished'} at step ${session.stepsDone}. ${out}`);
  } catch (error) {
    progress.end();
    const stable = await folder.lastStableStep();
    console.error(
      stable === null
        ? 'No checkpoint was saved yet.'
        : `Checkpoint ${stable} is safe: add --resume to go on from it.`,
    );
    throw error;
  } finally {
    interrupt.release();
  }
}

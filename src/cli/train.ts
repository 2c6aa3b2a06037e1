/** @file `longview train`: a run in Node, into a run folder. */
import { resolve } from 'node:path';
import { asCodedError, CodedError } from '../errors';
import type { Gpu } from '../gpu';
import { changeLive } from '../run/config';
import { configFromFlags } from '../run/config-text';
import { RunFolder } from '../run/folder';
import type { Metrics } from '../run/metrics';
import type { Session } from '../run/session';
import type { RunConfig } from '../run/settings';
import type { LongDocument } from '../tasks/types';
import { type OptionSpecs, optionHelp, parseArguments, settingHelp } from './args';
import { policyStore, readDocument, readKernels, readSettings, runOrigin } from './files';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';
import { Progress } from './progress';

const specs = {
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of (.txt, .md); a generated document without it',
  },
  steps: { kind: 'count', value: 'N', help: 'training steps, those of a resumed run included [50]' },
  out: { kind: 'text', value: 'DIR', help: 'run folder [runs/<preset>-<seed>]' },
  config: { kind: 'text', value: 'FILE', help: 'settings as JSON; flags come on top' },
  resume: { kind: 'flag', help: 'go on with the run in --out from its last whole checkpoint' },
} as const satisfies OptionSpecs;

export const help = `longview train [--flags]

${optionHelp(specs)}

Settings:
${settingHelp()}`;

const metricsFile = 'metrics.jsonl';

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const given = { ...(options.config === undefined ? {} : await readSettings(options.config)), ...settings };
  const plan = options.resume ? await resumed(options.out, given) : await fresh(options.out, given);
  const { folder, config, resumeStep } = plan;
  const document = await readDocument(options.document);
  if (resumeStep !== null) await checkDocument(folder, document);
  const policyFiles =
    resumeStep === null
      ? await policyStore(config.policy)
      : new NodeStore(`${plan.out}/checkpoints/step_${resumeStep}`);
  const gpu = await openNodeGpu();
  try {
    const kernels = await writtenKernels(folder, resumeStep !== null, options.config);
    const session = await openSession({
      config,
      document,
      policyFiles,
      gpu,
      kernels,
      resume: resumeStep !== null,
    });
    if (resumeStep === null)
      await folder.begin(config, { ...runOrigin(gpu, document), kernels: session.kernels });
    else if (plan.before) await folder.recordChanges(resumeStep, plan.before, config);
    try {
      await trainTo(options.steps ?? 50, session, folder, config, plan.out, gpu);
    } finally {
      await session.dispose();
    }
  } finally {
    gpu.close();
  }
  return 0;
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

async function fresh(out: string | undefined, given: Record<string, unknown>): Promise<Plan> {
  const config = configFromFlags(given);
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

/** Trains until `steps` steps are done or the person interrupts; leaves a checkpoint and a summary either way. */
async function trainTo(
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
  const interrupt = onInterrupt(() =>
    progress.line('Stopping after this step; press Ctrl+C again to stop at once.'),
  );
  const started = performance.now();
  let last: Metrics = {};
  let saved = session.stepsDone;
  const summarise = (ended: string) =>
    folder.writeSummary({
      steps: session.stepsDone,
      ended,
      metrics: last,
      seconds: (performance.now() - started) / 1000,
    });
  try {
    while (session.stepsDone < steps && !interrupt.asked) {
      const record = await session.step();
      last = await folder.recordStep(record);
      progress.update({ step: record.step, reward: record.metrics['critic/rewards/mean'] });
      const due = (every: number) => every > 0 && record.step % every === 0;
      if (due(config['eval.every'])) {
        const evaluation = await session.evaluate();
        await folder.recordMetrics(record.step, evaluation.metrics);
        progress.line(
          `step ${record.step}: held-out reward ${evaluation.sampledReward.toFixed(3)}, greedy accuracy ${evaluation.greedyAccuracy.toFixed(3)} (${evaluation.questions} questions)`,
        );
      }
      if (due(config['checkpoint.every'])) {
        await folder.saveCheckpoint(await session.checkpoint());
        saved = record.step;
      }
    }
    if (saved !== session.stepsDone) await folder.saveCheckpoint(await session.checkpoint());
    await summarise(interrupt.asked ? 'stopped' : 'finished');
    progress.line(`${interrupt.asked ? 'Stopped' : 'Finished'} at step ${session.stepsDone}. ${out}`);
  } catch (error) {
    progress.end();
    // What went wrong first is what the person must read.
    await summarise(asCodedError(error).code).catch(() => {});
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

/** The first Ctrl+C asks to stop; the second ends the process as usual. */
function onInterrupt(tell: () => void): { readonly asked: boolean; release(): void } {
  const state = { asked: false, release: () => void process.removeListener('SIGINT', stop) };
  function stop(): void {
    state.asked = true;
    state.release();
    tell();
  }
  process.on('SIGINT', stop);
  return state;
}

/**
 * @file `longview bench`: what the engine reaches on this adapter, beside the machine's own best and beside other engines,
 * as one table, printed and saved.
 */
import { CodedError } from '../errors';
import { chooseKernels } from '../run/kernel-choice';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { benchInChrome } from './bench/chrome';
import { type DeviceBench, type DevicePart, deviceBench, deviceParts } from './bench/device-parts';
import { benchLength } from './bench/length';
import { benchPeers } from './bench/peers';
import { Report } from './bench/report';
import { benchReuse } from './bench/reuse';
import { kernelCache } from './files';
import { openNodeGpu } from './node-gpu';

const specs = {
  kernels: { kind: 'flag', help: 'calibration, and the hot kernels as a share of the roofline' },
  steps: { kind: 'flag', help: 'updates, decoding and bytes at several lengths' },
  peers: { kind: 'flag', help: 'jax-js, TensorFlow.js and ONNX Runtime on the same adapter (bench/peers)' },
  sharing: { kind: 'flag', help: 'an update with the prompt shared against the prompt repeated' },
  shape: { kind: 'flag', help: 'how time and bytes grow from 1K to 16K tokens (minutes)' },
  length: { kind: 'count', value: 'N', help: 'one whole training step at N prompt tokens (20480: minutes)' },
  reuse: {
    kind: 'count',
    value: 'N',
    help: 'whole steps at N prompt tokens: log-probs behind the rollout against prompts run again',
  },
  short: {
    kind: 'flag',
    help: 'ratios that must hold on any machine, in seconds; exit code 1 where one does not',
  },
  variants: { kind: 'flag', help: 'every variant of the linear layer, on GPUs of attention too' },
  chrome: { kind: 'flag', help: 'in Chrome or Chromium instead of Node, by a page of the same sources' },
  profile: { kind: 'flag', help: 'GPU time by kernel of an update and of a rollout' },
  lengths: { kind: 'text', value: 'LIST', help: 'prompt lengths in tokens with commas between' },
  repeats: { kind: 'count', value: 'N', help: 'timed runs a figure, of which the median is told [5]' },
  'peer-minutes': { kind: 'count', value: 'N', help: 'time after which a peer is given up [10]' },
  out: {
    kind: 'text',
    value: 'FILE',
    help: 'where the table and FILE.json go [bench/results/DATE-PARTS-ADAPTER]',
  },
  'no-save': { kind: 'flag', help: 'only prints' },
} as const satisfies OptionSpecs;

export const help = `longview bench [--flags]

Without a part: --kernels --steps --sharing --peers; with --chrome --short instead of --peers. Software adapters give figures for comparison within one run only,
never a statement about speed.

${optionHelp(specs)}`;

/** Tokens before the decoded ones where ONNX Runtime decodes beside us. */
const peerContext = 2048;

type Options = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  return parseArguments(argv, specs).options;
}

interface Bench extends DeviceBench {
  options: Options;
}

/** The parts in the order in which they run. */
const parts: Readonly<Record<string, { usual: boolean; run(bench: Bench): Promise<unknown> }>> = {
  kernels: { usual: true, run: deviceParts.kernels },
  steps: { usual: true, run: deviceParts.steps },
  sharing: { usual: true, run: deviceParts.sharing },
  peers: {
    usual: true,
    run: ({ gpu, kernels, lengths, repeats, report, options }) => {
      const limitMs = (options['peer-minutes'] ?? 10) * 60_000;
      return benchPeers(
        gpu,
        kernels,
        { lengths: lengths('peers'), context: peerContext, repeats, limitMs },
        report,
      );
    },
  },
  shape: { usual: false, run: deviceParts.shape },
  length: {
    usual: false,
    run: ({ gpu, kernels, report, options }) => benchLength(gpu, kernels, options.length ?? 0, report),
  },
  reuse: {
    usual: false,
    run: ({ gpu, kernels, repeats, report, options }) =>
      benchReuse(gpu, kernels, options.reuse ?? 0, repeats, report),
  },
  short: { usual: false, run: deviceParts.short },
  variants: { usual: false, run: deviceParts.variants },
  profile: { usual: false, run: deviceParts.profile },
};
/** The parts of `--chrome` where none is named. */
const usualInChrome: readonly DevicePart[] = ['kernels', 'steps', 'sharing', 'short'];

export async function run(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  const asked = Object.keys(parts).filter((name) => options[name as keyof Options] !== undefined);
  const wanted = {
    repeats: options.repeats ?? 5,
    lengths: options.lengths === undefined ? null : readLengths(options.lengths),
  };
  if (options.chrome) {
    const chosen = asked.length > 0 ? asked.map(inChrome) : usualInChrome;
    return finish(await benchInChrome({ parts: chosen, ...wanted }), options, ['chrome', ...chosen]);
  }
  const chosen = asked.length > 0 ? asked : Object.keys(parts).filter((name) => parts[name].usual);
  const gpu = await openNodeGpu();
  try {
    const { kernels, notices } = await chooseKernels(gpu, { cache: kernelCache() });
    for (const { message } of notices) console.error(message);
    const report = new Report(gpu.adapter);
    const bench = deviceBench(gpu, kernels, report, wanted);
    for (const name of chosen) await parts[name].run({ ...bench, options });
    return await finish(report, options, chosen);
  } finally {
    gpu.close();
  }
}

/** Prints and saves. @throws CodedError what should have held and did not. */
async function finish(report: Report, options: Options, chosen: readonly string[]): Promise<number> {
  console.log(report.text());
  if (!options['no-save']) console.log(`Saved: ${await report.save(options.out, chosen)}`);
  if (report.faults.length > 0) throw report.faults[0];
  return 0;
}

function inChrome(name: string): DevicePart {
  if (name in deviceParts) return name as DevicePart;
  throw new CodedError(
    'cli.usage',
    `--${name} needs files or other programs, which a page does not have.`,
    `With --chrome there are ${Object.keys(deviceParts)
      .map((part) => `--${part}`)
      .join(', ')}.`,
  );
}

function readLengths(list: string): number[] {
  const lengths = list.split(',').map(Number);
  if (lengths.every((length) => Number.isSafeInteger(length) && length > 0)) return lengths;
  throw new CodedError(
    'cli.usage',
    `--lengths is "${list}"; it must be whole numbers with commas between.`,
    'Give it as 512,1024.',
  );
}

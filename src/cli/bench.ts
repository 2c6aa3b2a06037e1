/**
 * @file `longview bench`: what the engine reaches on this adapter, beside the machine's own best and beside other engines,
 * as one table, printed and saved.
 */
import { CodedError } from '../errors';
import type { Gpu } from '../gpu';
import { chooseKernels, type KernelChoice } from '../run/kernel-choice';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { benchHotKernels } from './bench/kernels';
import { benchLength } from './bench/length';
import { benchPeers } from './bench/peers';
import { benchProfiles } from './bench/profiles';
import { Report } from './bench/report';
import { benchReuse } from './bench/reuse';
import { benchShape } from './bench/shape';
import { benchSharing, sharingCase } from './bench/sharing';
import { benchShort } from './bench/short';
import { benchSteps } from './bench/steps';
import { benchVariants } from './bench/variants';
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
  variants: { kind: 'flag', help: 'every variant of the linear layer' },
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

Without a part: --kernels --steps --sharing --peers. Software adapters give figures for comparison within one run only,
never a statement about speed.

${optionHelp(specs)}`;

/** Prompt lengths where none are given. */
const defaultLengths = {
  steps: { software: [512, 1024, 2048], hardware: [1024, 4096, 16384] },
  shape: { software: [1024, 2048, 4096, 8192, 16384], hardware: [1024, 2048, 4096, 8192, 16384] },
  peers: { software: [512, 1024], hardware: [512, 1024] },
};
/** Tokens before the decoded ones where ONNX Runtime decodes beside us. */
const peerContext = 2048;

type Options = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  return parseArguments(argv, specs).options;
}

interface Bench {
  gpu: Gpu;
  kernels: KernelChoice;
  report: Report;
  repeats: number;
  lengths(part: keyof typeof defaultLengths): readonly number[];
  options: Options;
}

/** The parts in the order in which they run. */
const parts: Readonly<Record<string, { usual: boolean; run(bench: Bench): Promise<unknown> }>> = {
  kernels: {
    usual: true,
    run: ({ gpu, kernels, repeats, report }) => benchHotKernels(gpu, kernels, repeats, report),
  },
  steps: {
    usual: true,
    run: ({ gpu, kernels, lengths, repeats, report }) =>
      benchSteps(gpu, kernels, lengths('steps'), repeats, report),
  },
  sharing: {
    usual: true,
    run: ({ gpu, kernels, repeats, report }) => benchSharing(gpu, kernels, sharingCase, repeats, report),
  },
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
  shape: {
    usual: false,
    run: ({ gpu, kernels, lengths, repeats, report }) =>
      benchShape(gpu, kernels, lengths('shape'), repeats, report),
  },
  length: {
    usual: false,
    run: ({ gpu, kernels, report, options }) => benchLength(gpu, kernels, options.length ?? 0, report),
  },
  reuse: {
    usual: false,
    run: ({ gpu, kernels, repeats, report, options }) =>
      benchReuse(gpu, kernels, options.reuse ?? 0, repeats, report),
  },
  short: { usual: false, run: ({ gpu, kernels, report }) => benchShort(gpu, kernels, report) },
  variants: { usual: false, run: ({ gpu, report }) => benchVariants(gpu, report) },
  profile: {
    usual: false,
    run: ({ gpu, kernels, lengths, report }) => benchProfiles(gpu, kernels, lengths('steps'), report),
  },
};

export async function run(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  const asked = Object.keys(parts).filter((name) => options[name as keyof Options] !== undefined);
  const chosen = asked.length > 0 ? asked : Object.keys(parts).filter((name) => parts[name].usual);
  const given = options.lengths === undefined ? null : readLengths(options.lengths);
  const gpu = await openNodeGpu();
  try {
    const { kernels, notices } = await chooseKernels(gpu, { cache: kernelCache() });
    for (const { message } of notices) console.error(message);
    const report = new Report(gpu);
    const kind = gpu.adapter.software ? 'software' : 'hardware';
    const lengths: Bench['lengths'] = (part) => given ?? defaultLengths[part][kind];
    for (const name of chosen)
      await parts[name].run({ gpu, kernels, report, repeats: options.repeats ?? 5, lengths, options });
    console.log(report.text());
    if (!options['no-save']) console.log(`Saved: ${await report.save(options.out, chosen)}`);
    if (report.faults.length > 0) throw report.faults[0];
  } finally {
    gpu.close();
  }
  return 0;
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

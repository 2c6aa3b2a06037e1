/**
 * @file How cost grows with the length: one update at T = 1K … 16K, with the GPU's time in attention told from the rest,
 * and the bytes. Attention should grow with the square of T, everything else with T.
 */
import { CodedError } from '../../errors';
import { canProfile, type Gpu, profile } from '../../gpu';
import type { KernelChoice } from '../../run/kernel-choice';
import { attendedPairs } from './cost';
import type { Findings } from './findings';
import { fitLine, growthExponent, largestDeviation } from './fit';
import { narrowPolicy, openPolicy, randomGroup, update } from './groups';
import { median } from './timing';

/** Few and short answers: what they attend to grows with T, not with its square. */
const answers = 2;
const answerTokens = 8;

export interface Growth {
  tokens: number[];
  bytes: number[];
  attentionMs: number[];
  restMs: number[];
}

/** @throws CodedError `gpu.no_timestamps` where single kernels cannot be timed. */
export async function benchShape(
  gpu: Gpu,
  kernels: KernelChoice,
  lengths: readonly number[],
  repeats: number,
  report: Findings,
): Promise<void> {
  if (!canProfile(gpu))
    throw new CodedError(
      'gpu.no_timestamps',
      'This adapter cannot time single kernels, so attention cannot be told from the rest.',
      'Choose another Vulkan driver (VK_ICD_FILENAMES); lavapipe and hardware drivers can.',
    );
  const growth: Growth = { tokens: [], bytes: [], attentionMs: [], restMs: [] };
  const samples: Record<string, { attention: number[]; rest: number[] }> = {};
  for (const promptTokens of lengths) {
    const shape = { promptTokens, answers, answerTokens };
    const config = { ...narrowPolicy, max_position_embeddings: promptTokens + answerTokens };
    const { policy, plan, peakBytes } = await openPolicy(gpu, config, kernels, shape);
    const group = randomGroup(config, shape);
    const attention: number[] = [];
    const rest: number[] = [];
    // The first run compiles and is not counted.
    for (let run = 0; run <= repeats; run++) {
      const times = await profile(policy.queue, () => update(policy, [group]));
      if (run === 0) continue;
      const sum = (wanted: boolean) =>
        times.reduce((ms, time) => ms + (time.label.startsWith('attention.') === wanted ? time.ms : 0), 0);
      attention.push(sum(true));
      rest.push(sum(false));
    }
    const bytes = await peakBytes();
    growth.tokens.push(promptTokens);
    growth.bytes.push(bytes);
    // On a software adapter a timestamp counts other programs' turns too: the laws are read from the fastest runs.
    growth.attentionMs.push(Math.min(...attention));
    growth.restMs.push(Math.min(...rest));
    samples[promptTokens] = { attention, rest };
    const figure = { part: 'shape', at: `T ${promptTokens}`, runs: repeats };
    report.add(
      { ...figure, what: 'attention, GPU time', value: median(attention), unit: 'ms' },
      { ...figure, what: 'everything else, GPU time', value: median(rest), unit: 'ms' },
      {
        ...figure,
        what: 'GPU memory, peak',
        value: bytes / 2 ** 20,
        unit: 'MiB',
        runs: 1,
        note: `planned ${(plan.bytes / 2 ** 20).toFixed(1)} MiB`,
      },
    );
    console.error(
      `shape: T ${promptTokens} attention ${median(attention).toFixed(0)} ms, rest ${median(rest).toFixed(0)} ms`,
    );
    await policy.dispose();
  }
  reportGrowth(growth, report);
  report.details.shape = { policy: narrowPolicy, answers, answerTokens, ...growth, samples };
}

/** The laws that the points follow. */
function reportGrowth({ tokens, bytes, attentionMs, restMs }: Growth, report: Findings): void {
  const pairs = tokens.map((promptTokens) => attendedPairs({ promptTokens, answers, answerTokens }));
  const at = `T ${tokens[0]} … ${tokens.at(-1)}`;
  const figure = { part: 'shape', at, runs: 1 };
  const line = fitLine(tokens, restMs);
  report.add(
    {
      ...figure,
      what: 'bytes against T: R² of a line',
      value: fitLine(tokens, bytes).r2,
      unit: '',
      note: 'wanted > 0.99',
    },
    {
      ...figure,
      what: 'attention ∝ T^p: p',
      value: growthExponent(tokens, attentionMs),
      unit: '',
      note: `fastest runs; farthest from c · pairs: ${(100 * largestDeviation(pairs, attentionMs)).toFixed(0)} %, wanted < 25 %`,
    },
    {
      ...figure,
      what: 'the rest ∝ T^p: p',
      value: growthExponent(tokens, restMs),
      unit: '',
      note: `fastest runs; R² of a line ${line.r2.toFixed(4)}`,
    },
  );
}

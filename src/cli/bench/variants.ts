/**
 * @file `longview bench --variants`: every variant of the linear layer that the device runs, barriers on software too; on
 * hardware every variant of attention.
 */
import { betterCalibration, calibrate, type Gpu, type RaceResult } from '../../gpu';
import { raceAttention } from '../../kernels/attention/race';
import { type AttentionRole, attentionRoles, attentionVariants } from '../../kernels/attention/variants';
import { raceLinear, told } from '../../kernels/linear/race';
import { racePacked } from '../../kernels/linear/race-packed';
import type { LinearSize } from '../../kernels/linear/race-products';
import { decodeFewRows, decodeRows, type LinearRole, linearVariants } from '../../kernels/linear/variants';
import { attendedPairs } from './cost';
import type { Findings } from './findings';
import { reportCalibration } from './kernels';

/** rows × inputs × outputs: projections and MLP of the default policy, decoding, and the head. */
const shapes: readonly LinearSize[] = [
  [4096, 128, 128],
  [4096, 128, 512],
  [128, 128, 2048],
  [8, 128, 512],
];
/** Fills a GPU. */
const largeShape: LinearSize = [8192, 512, 2048];
const portableName = 'register-4x4';

/** Prompts that fill a GPU and one as short as most are, with the head counts of the policies that have such heads. */
const attentionShapes = [
  { tokens: 8192, shape: { heads: 8, kvHeads: 8, headDim: 64 } },
  { tokens: 8192, shape: { heads: 16, kvHeads: 16, headDim: 32 } },
  { tokens: 512, shape: { heads: 4, kvHeads: 4, headDim: 32 } },
] as const;
/** Products of each role, as the mathematics asks for them; the backward pass as executed. */
const attentionProducts: Record<AttentionRole, number> = { forward: 2, backward_q: 3, backward_kv: 4 };

export async function benchVariants(gpu: Gpu, report: Findings): Promise<void> {
  let calibration = await calibrate(gpu);
  const heats: {
    variant: string;
    role: string;
    at: string;
    gflops: number;
    note: string;
  }[] = [];
  for (const shape of gpu.adapter.software ? shapes : [...shapes, largeShape]) {
    const [count, inputs, outputs] = shape;
    const at = shape.join('×');
    const forward: LinearRole =
      count <= decodeFewRows ? 'decode_few' : count <= decodeRows ? 'decode' : 'forward';
    const roles: LinearRole[] = forward === 'decode_few' ? [forward] : [forward, 'input', 'weight'];
    const { results } = await raceLinear(gpu, {
      capMs: Number.POSITIVE_INFINITY,
      variants: linearVariants,
      thorough: true,
      roles,
      sizes: Object.fromEntries(roles.map((role) => [role, shape])),
    });
    const speed = (ms: number) => (2 * count * inputs * outputs) / ms / 1e6;
    const portableOf = (raced: readonly RaceResult[] = []) => raced.find(({ name }) => name === portableName);
    const all: [role: string, raced: RaceResult[]][] = roles.map((role) => [role, results[role] ?? []]);
    if (forward !== 'forward') {
      const packed = await racePacked(gpu, { capMs: Number.POSITIVE_INFINITY, size: shape });
      all.push(['rollout with 16-bit weights', packed.results]);
    }
    for (const [role, raced] of all) {
      // Products with 16-bit weights are told beside those of as many rows.
      const portable = portableOf(raced) ?? portableOf(results[forward]);
      for (const heat of raced) {
        const gflops = heat.outcome === 'timed' ? speed(heat.ms) : Number.NaN;
        const times =
          heat.outcome === 'timed' && portable?.outcome === 'timed'
            ? `${(portable.ms / heat.ms).toFixed(2)}× ${portableName}`
            : heat.outcome;
        heats.push({ variant: heat.name, role: `linear ${role}`, at, gflops, note: `${times}; fastest run` });
      }
    }
    console.error(`variants: ${at} done`);
    // A busy moment must not pass for the machine's best.
    calibration = betterCalibration(calibration, await calibrate(gpu));
  }
  if (!gpu.adapter.software)
    for (const { tokens, shape } of attentionShapes) {
      const { heads, headDim } = shape;
      const at = `T ${tokens}, d ${heads * headDim}, head dim ${headDim}`;
      const { results } = await raceAttention(gpu, {
        capMs: Number.POSITIVE_INFINITY,
        shape,
        tokens,
        variants: attentionVariants,
        thorough: true,
      });
      const flops =
        2 * heads * headDim * attendedPairs({ promptTokens: tokens, answers: 0, answerTokens: 1 });
      for (const role of attentionRoles)
        for (const heat of results[role] ?? []) {
          const timed = heat.outcome === 'timed';
          heats.push({
            variant: heat.name,
            role: `attention ${role}`,
            at,
            gflops: timed ? (attentionProducts[role] * flops) / heat.ms / 1e6 : Number.NaN,
            note: timed ? `${heat.ms.toFixed(3)} ms; fastest run` : told(heat),
          });
        }
      console.error(`variants: attention, ${at} done`);
      calibration = betterCalibration(calibration, await calibrate(gpu));
    }
  reportCalibration(report, calibration);
  for (const { variant, role, at, gflops, note } of heats) {
    const share = gflops / calibration.multiplyAddGflops;
    const ofRoofline = Number.isFinite(share) ? { median: share, best: share } : undefined;
    report.add({
      part: 'variants',
      what: `${role} ${variant}`,
      at,
      value: gflops,
      unit: 'GFLOP/s',
      runs: 4,
      ofRoofline,
      note,
    });
  }
}

/**
 * @file `longview bench --kernels`: what the adapter reaches at best, and every variant of the linear layer beside it;
 * `longview bench --profile`: where the GPU's time goes.
 */
import {
  betterCalibration,
  type Calibration,
  calibrate,
  canProfile,
  type Gpu,
  type KernelTime,
  profile,
  type Queue,
} from '../gpu';
import { raceLinear } from '../kernels/linear/race';
import type { LinearSize } from '../kernels/linear/race-products';
import { decodeFewRows, decodeRows, type LinearRole, linearVariants } from '../kernels/linear/variants';

/** rows × inputs × outputs: projections and MLP of the default policy, decoding, and the head. */
const shapes: readonly LinearSize[] = [
  [4096, 128, 128],
  [4096, 128, 512],
  [128, 128, 2048],
  [8, 128, 512],
];

export interface VariantRow {
  variant: string;
  role: LinearRole;
  shape: string;
  /** 0 where the variant was disqualified. */
  gflops: number;
  shareOfPeak: number;
  /** How many times as fast as the portable variant. */
  timesPortable: number;
  outcome: string;
}

/** Prints and returns the calibration and the speed of every variant that the device runs, barriers on software too. */
export async function benchKernels(gpu: Gpu): Promise<{ calibration: Calibration; rows: VariantRow[] }> {
  let calibration = await calibrate(gpu);
  const rows: VariantRow[] = [];
  for (const shape of shapes) {
    // A busy moment must not pass for the machine's best.
    calibration = betterCalibration(calibration, await calibrate(gpu));
    const [count, inputs, outputs] = shape;
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
    for (const role of roles) {
      const heats = results[role] ?? [];
      const speed = (ms: number) => (2 * count * inputs * outputs) / ms / 1e6;
      const portable = heats.find(({ name }) => name === 'register-4x4');
      for (const heat of heats) {
        const gflops = heat.outcome === 'timed' ? speed(heat.ms) : 0;
        rows.push({
          variant: heat.name,
          role,
          shape: shape.join('×'),
          gflops,
          shareOfPeak: gflops / calibration.multiplyAddGflops,
          timesPortable: portable?.outcome === 'timed' ? gflops / speed(portable.ms) : 0,
          outcome: heat.outcome,
        });
      }
    }
    console.log(
      `peak ${calibration.multiplyAddGflops.toFixed(1)} GFLOP/s, copy ${calibration.copyGigabytesPerSecond.toFixed(1)} GB/s, dispatch ${calibration.dispatchMicroseconds.toFixed(1)} µs`,
    );
    show(rows.filter((row) => row.shape === shape.join('×')));
  }
  return { calibration, rows };
}

function show(rows: readonly VariantRow[]): void {
  console.table(
    rows.map((row) => ({
      ...row,
      gflops: row.gflops.toFixed(2),
      shareOfPeak: `${(row.shareOfPeak * 100).toFixed(0)} %`,
      timesPortable: row.timesPortable.toFixed(2),
    })),
  );
}

/** Prints and returns the GPU time of each kernel in `work`; null where the device cannot tell. */
export async function benchProfile(
  title: string,
  queue: Queue,
  work: () => Promise<void>,
): Promise<KernelTime[] | null> {
  if (!canProfile(queue.gpu)) {
    console.log(
      `${title}: times of single kernels are not available, as this adapter has no timestamp-query.`,
    );
    return null;
  }
  await work();
  const times = await profile(queue, work);
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  console.log(`${title}: ${total.toFixed(1)} ms of GPU time`);
  console.table(
    times.map(({ label, dispatches, ms }) => ({
      kernel: label,
      dispatches,
      ms: ms.toFixed(2),
      share: `${((100 * ms) / total).toFixed(1)} %`,
    })),
  );
  return times;
}

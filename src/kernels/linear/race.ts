/**
 * @file The race of the linear layer's variants: for each role a small odd shape against the float64 reference, then a
 * representative one by the clock.
 */
import { CodedError } from '../../errors';
import { Buffers, type Candidate, type Gpu, Kernels, Queue, type RaceResult, race, winner } from '../../gpu';
import { linearKernelsWith } from './linear';
import { type LinearSize, RaceProduct } from './race-products';
import {
  defaultLinearChoice,
  type LinearChoice,
  type LinearRole,
  type LinearVariant,
  linearRoles,
  linearVariants,
  portableLinearChoice,
  runsOn,
} from './variants';

/** f32 sums of a few hundred products stay far below; one wrong element among thousands is far above. */
const tolerance = 1e-5;

/** Sides that no tile divides, and a second split in the weight gradient. */
const oddSizes: Record<LinearRole, LinearSize> = {
  forward: [270, 36, 68],
  decode: [70, 36, 68],
  decode_few: [5, 36, 68],
  input: [70, 36, 68],
  weight: [600, 36, 68],
};

const decodeSizes = { decode: [64, 128, 512], decode_few: [8, 128, 512] } as const;
/** Timed; short ones would be decided on a GPU by what a dispatch costs. */
const sizes: Record<'hardware' | 'software', Record<LinearRole, LinearSize>> = {
  hardware: {
    ...decodeSizes,
    forward: [4096, 512, 1024],
    input: [4096, 512, 1024],
    weight: [4096, 512, 1024],
  },
  software: { ...decodeSizes, forward: [512, 128, 512], input: [512, 128, 512], weight: [512, 128, 512] },
};

export interface LinearRaceOptions {
  /** No further variant starts after this much time in all, and each role has its share; 0 only checks the likely ones. */
  capMs: number;
  /** Ends the race as if the time were up. */
  stops?(): boolean;
  variants?: readonly LinearVariant[];
  /** Times the slow ones as well as the fast ones, for a table of all. */
  thorough?: boolean;
  /** Roles raced; the others keep the portable variant. */
  roles?: readonly LinearRole[];
  sizes?: Partial<Record<LinearRole, LinearSize>>;
}

export interface LinearRace {
  choice: LinearChoice;
  results: Partial<Record<LinearRole, RaceResult[]>>;
}

/**
 * Chooses a variant for each role.
 * @throws CodedError `gpu.wrong_numbers` where no variant of a role gives right numbers, `gpu.lost`.
 */
export async function raceLinear(gpu: Gpu, options: LinearRaceOptions): Promise<LinearRace> {
  const roles = options.roles ?? linearRoles;
  const kernels = new Kernels(gpu);
  const buffers = new Buffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 50 });
  const choice: Record<LinearRole, string> = { ...portableLinearChoice };
  const results: LinearRace['results'] = {};
  try {
    for (const role of roles) {
      const usual = sizes[gpu.adapter.software ? 'software' : 'hardware'];
      const timed = new RaceProduct(role, options.sizes?.[role] ?? usual[role], buffers, queue);
      const odd = new RaceProduct(role, oddSizes[role], buffers, queue);
      const variants = options.variants ?? candidatesOf(gpu, role);
      const able = variants.filter((variant) => runsOn(gpu, variant));
      const candidates = able.flatMap(({ name, kernels: served }): Candidate[] => {
        const tiled = served[role];
        if (!tiled) return [];
        // Queues use what was chosen last, so each turn begins with the choice.
        const choose = () => linearKernelsWith(kernels, { [role]: tiled });
        return [
          {
            name,
            prepare: () => kernels.prepare(choose()),
            error: () => odd.error(),
            record: () => {
              choose();
              timed.record();
            },
          },
        ];
      });
      const heats = await race(gpu, queue, candidates, {
        tolerance,
        capMs: options.capMs / roles.length,
        stops: options.stops,
        rounds: 3,
        outOfRace: options.thorough ? Number.POSITIVE_INFINITY : 2,
      });
      results[role] = heats;
      const best = winner(heats);
      if (best === null)
        throw new CodedError(
          'gpu.wrong_numbers',
          `No variant of the linear layer gives right numbers on this GPU (${role}: ${heats.map(told).join('; ')}).`,
          'Update the graphics driver and the browser, or run with `--software`.',
        );
      choice[role] = best;
      await queue.idle();
      timed.free();
      odd.free();
    }
    return { choice, results };
  } finally {
    await queue.idle();
    queue.dispose();
  }
}

/**
 * The role's likely best first, since the time may be up before the last. Barriers cost a software adapter ten times the
 * speed and seconds of compiling; they do not start there.
 */
function candidatesOf(gpu: Gpu, role: LinearRole): LinearVariant[] {
  const { software } = gpu.adapter;
  const usual = defaultLinearChoice(gpu);
  const likely = new Set(Object.values(usual));
  const rank = ({ name, barriers, subgroups }: LinearVariant) =>
    name === usual[role] ? -1 : (likely.has(name) ? 0 : 2) + ((software ? subgroups : barriers) ? 0 : 1);
  return linearVariants.filter(({ barriers }) => !(software && barriers)).sort((a, b) => rank(a) - rank(b));
}

/** A result in words. */
export function told(result: RaceResult): string {
  switch (result.outcome) {
    case 'timed':
      return `${result.name} took ${result.ms.toFixed(2)} ms`;
    case 'wrong':
      return `${result.name} is off by ${result.error}`;
    case 'failed':
      return `${result.name} did not compile: ${result.reason}`;
    case 'not raced':
      return `${result.name} was not raced`;
    default:
      return result satisfies never;
  }
}

/**
 * @file The race of the training attention variants: for each role a small odd batch against the float64 reference, with and
 * without a window, then a representative one by the clock. Only variants of one family race, so that the clock
 * decides no bit.
 */
import { CodedError } from '../../errors';
import { Buffers, type Candidate, type Gpu, Kernels, Queue, type RaceResult, race, winner } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import { attentionKernelWith } from './attention';
import { RaceAttention } from './race-batch';
import {
  type AttentionChoice,
  type AttentionRole,
  type AttentionVariant,
  attentionRoles,
  attentionRunsOn,
  attentionVariants,
  defaultAttention,
} from './variants';

/** f32 sums of a few hundred products stay far below; one wrong element among thousands is far above. */
const tolerance = 1e-5;

/** Heads, and groups no tile divides. */
const oddGroups = [{ prefix: 45, suffixes: [33, 1, 0, 7] }];
const oddHeads = { heads: 4, kvHeads: 2 };
const oddWindow = 20;

export interface AttentionRaceOptions {
  /** No further variant starts after this much time in all, and each role has its share; 0 only checks the likely ones. */
  capMs: number;
  /** Ends the race as if the time were up. */
  stops?(): boolean;
  shape: AttentionShape;
  /** Tokens of the timed batch, one prompt. */
  tokens: number;
  variants?: readonly AttentionVariant[];
  /** Times the slow ones as well as the fast ones, for a table of all. */
  thorough?: boolean;
}

export interface AttentionRace {
  choice: AttentionChoice;
  results: Partial<Record<AttentionRole, RaceResult[]>>;
}

/**
 * Chooses a variant for each role.
 * @throws CodedError `gpu.wrong_numbers` where no variant of a role gives right numbers, `gpu.lost`.
 */
export async function raceAttention(
  gpu: Gpu,
  { capMs, stops, shape, tokens, variants, thorough = false }: AttentionRaceOptions,
): Promise<AttentionRace> {
  const kernels = new Kernels(gpu);
  const buffers = new Buffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 50 });
  const choice: Record<AttentionRole, string> = { ...defaultAttention(gpu) };
  const results: AttentionRace['results'] = {};
  const oddShape = { ...oddHeads, headDim: shape.headDim };
  const timed = new RaceAttention([{ prefix: tokens, suffixes: [] }], shape, buffers, queue);
  const odd = [null, oddWindow].map(
    (window) => new RaceAttention(oddGroups, oddShape, buffers, queue, window),
  );
  try {
    for (const role of attentionRoles) {
      const candidates = (variants ?? candidatesOf(gpu, role))
        .filter((variant) => attentionRunsOn(gpu, variant) && variant.source(role, shape.headDim) !== null)
        .map((variant): Candidate => {
          // Queues use what was chosen last, so each turn begins with the choice.
          const choose = () => attentionKernelWith(kernels, shape.headDim, role, variant);
          return {
            name: variant.name,
            prepare: () => kernels.prepare([choose()]),
            error: async () => {
              choose();
              return Math.max(await odd[0].error(role), await odd[1].error(role));
            },
            record: () => {
              choose();
              timed.record(role);
            },
          };
        });
      const heats = await race(gpu, queue, candidates, {
        tolerance,
        capMs: capMs / attentionRoles.length,
        stops,
        rounds: 3,
        outOfRace: thorough ? Number.POSITIVE_INFINITY : 2,
      });
      results[role] = heats;
      const best = winner(heats);
      if (best === null)
        throw new CodedError(
          'gpu.wrong_numbers',
          `No variant of attention gives right numbers on this GPU (${role}).`,
          'Update the graphics driver and the browser, or run with `--software`.',
        );
      choice[role] = best;
    }
    return { choice, results };
  } finally {
    await queue.idle();
    for (const batch of [timed, ...odd]) batch.free();
    queue.dispose();
  }
}

/** The variants of the adapter's family, the role's likely best first, since the time may be up before the last. */
function candidatesOf(gpu: Gpu, role: AttentionRole): AttentionVariant[] {
  const usual = defaultAttention(gpu);
  const likely = new Set(Object.values(usual));
  const rank = ({ name }: AttentionVariant) => (name === usual[role] ? -1 : likely.has(name) ? 0 : 1);
  return attentionVariants
    .filter(({ barriers }) => barriers !== gpu.adapter.software)
    .sort((a, b) => rank(a) - rank(b));
}

/**
 * @file Which variants of the hot kernels a run uses: what its config.json says, else what a race on this adapter found
 * once, else a race now; or, where a person waits, the adapter's usual ones, and the race when nobody does.
 *
 * The choice is written: a repeated or resumed run does what the first did, whatever a race would say today. Variants of the
 * f32 products, and those of attention that race, give the same bits on one adapter; of the products with 16-bit weights
 * those that compute in f16 do not give the bits of those that compute in f32.
 */
import { CodedError } from '../errors';
import { type Calibration, calibrate, type Gpu, multiplyAdds } from '../gpu';
import { raceAttention } from '../kernels/attention/race';
import {
  type AttentionChoice,
  type AttentionRole,
  attentionRoles,
  attentionRunsOn,
  attentionVariant,
  attentionVariants,
  barrierFreeAttention,
  defaultAttention,
} from '../kernels/attention/variants';
import { packedRunsOn, packedVariants } from '../kernels/linear/packed';
import { raceLinear } from '../kernels/linear/race';
import { racePacked } from '../kernels/linear/race-packed';
import {
  defaultLinearChoice,
  type LinearChoice,
  type LinearRole,
  linearRoles,
  linearVariant,
  linearVariants,
  runsOn,
} from '../kernels/linear/variants';
import { type FileStore, readText } from './store';

/** The `kernels` of config.json. */
export interface KernelChoice {
  linear: LinearChoice;
  attention: AttentionChoice;
  /** Variant of the products with 16-bit weights; only runs that sample with such weights have one. */
  packed?: string;
}

/** A choice as found in a file: any part may be missing or name what is not there. */
export type WrittenChoice = {
  linear?: Partial<Record<string, unknown>>;
  attention?: Partial<Record<string, unknown>>;
  packed?: unknown;
};

/** Files that outlive a run. */
export type KernelCache = Pick<FileStore, 'read' | 'write'>;

export interface ChosenKernels {
  kernels: KernelChoice;
  /** Where the choice is from. */
  from: 'run' | 'cache' | 'race' | 'usual';
  /** What this adapter can do at best; null where it was not measured. */
  calibration: Calibration | null;
  /** Parts of a written choice that could not be used, to be shown. */
  notices: CodedError[];
}

/** Milliseconds after which no further variant starts; what was not raced cannot win. The likely best comes first. */
const capMs = { hardware: 1500, software: 3000, packed: 1500, attention: 900 };

/** What attention races on: heads and length of the first runs that people start. */
const usualAttention = { shape: { heads: 4, kvHeads: 4, headDim: 32 }, tokens: 512 };

/** The choice without a race or a file. */
export function defaultKernels(gpu: Gpu): KernelChoice {
  return { linear: defaultLinearChoice(gpu), attention: defaultAttention(gpu) };
}

/** The `kernels` of a config.json; null where it has none. */
export function writtenChoice(configText: string): WrittenChoice | null {
  const { kernels } = JSON.parse(configText) as { kernels?: unknown };
  if (typeof kernels !== 'object' || kernels === null) return null;
  const { linear, attention, packed } = kernels as Record<string, unknown>;
  return {
    ...(typeof linear === 'object' && linear !== null && { linear: { ...linear } }),
    ...(typeof attention === 'object' && attention !== null && { attention: { ...attention } }),
    ...(packed !== undefined && { packed }),
  };
}

/**
 * @param written the choice of the run that is repeated or resumed.
 * @param cache files that outlive the run; without it every start races.
 * @param packed also a product with 16-bit weights; it is raced at the start of the run, and written there.
 * @param race `later`: instead of a race the usual variants, their numbers checked; `raceKernels` is to follow.
 * @throws CodedError `gpu.wrong_numbers` where a kernel has no variant with right numbers, `gpu.*`.
 */
export async function chooseKernels(
  gpu: Gpu,
  {
    written,
    cache,
    packed = false,
    race = 'now',
  }: {
    written?: WrittenChoice | null;
    cache?: KernelCache;
    packed?: boolean;
    race?: 'now' | 'later';
  } = {},
): Promise<ChosenKernels> {
  const chosen = await chooseProducts(gpu, written, cache, race);
  if (!packed) return chosen;
  const known = packedVariants.find(
    (variant) => variant.name === written?.packed && packedRunsOn(gpu, variant),
  );
  const name = known?.name ?? (await racePacked(gpu, { capMs: capMs.packed })).name;
  const lost = written?.packed !== undefined && !known ? [notThere(written.packed, 'packed', name)] : [];
  return {
    ...chosen,
    kernels: { ...chosen.kernels, packed: name },
    notices: [...chosen.notices, ...lost],
  };
}

async function chooseProducts(
  gpu: Gpu,
  written: WrittenChoice | null | undefined,
  cache: KernelCache | undefined,
  race: 'now' | 'later',
): Promise<ChosenKernels> {
  if (written) return { ...fromWritten(gpu, written), from: 'run', calibration: null };
  const before = chosenOn.get(gpu);
  if (before) return before;
  const known = cache ? await readCache(gpu, cache, cachePath(gpu)) : null;
  if (known) return remember(gpu, { ...known, from: 'cache', notices: [] });
  if (race === 'now') return keep(gpu, cache, await measured(gpu));
  const kernels = await fastest(gpu, { products: 0, attention: 0 });
  return remember(gpu, { kernels, from: 'usual', calibration: null, notices: [] });
}

/**
 * The race that a start with `later` put off, for the runs that come.
 * @param stops asked between two kernels: somebody needs the GPU. Nothing is kept then.
 * @returns the choice; null where it was stopped.
 * @throws CodedError `gpu.wrong_numbers`, `gpu.*`.
 */
export async function raceKernels(
  gpu: Gpu,
  cache: KernelCache | undefined,
  stops: () => boolean,
): Promise<KernelChoice | null> {
  const found = await measured(gpu, stops);
  return stops() ? null : (await keep(gpu, cache, found)).kernels;
}

type Measured = Pick<ChosenKernels, 'kernels'> & { calibration: Calibration };

async function measured(gpu: Gpu, stops?: () => boolean): Promise<Measured> {
  const calibration = await calibrate(gpu);
  const products = capMs[gpu.adapter.software ? 'software' : 'hardware'];
  return { calibration, kernels: await fastest(gpu, { products, attention: capMs.attention }, stops) };
}

async function keep(gpu: Gpu, cache: KernelCache | undefined, found: Measured): Promise<ChosenKernels> {
  const record = { adapter: adapterName(gpu), calibration: found.calibration, kernels: found.kernels };
  // A cache that cannot be written costs a race at the next start, nothing more.
  await cache?.write(cachePath(gpu), `${JSON.stringify(record, null, 2)}\n`).catch(() => {});
  return remember(gpu, { ...found, from: 'race', notices: [] });
}

/** The fastest of those that there is time for, the likely ones first. Attention without barriers needs no race: the kind of adapter decides. */
async function fastest(
  gpu: Gpu,
  cap: { products: number; attention: number },
  stops?: () => boolean,
): Promise<KernelChoice> {
  const { choice: linear } = await raceLinear(gpu, { capMs: cap.products, stops });
  if (gpu.adapter.software) return { linear, attention: defaultAttention(gpu) };
  const { choice: attention } = await raceAttention(gpu, { capMs: cap.attention, stops, ...usualAttention });
  return { linear, attention };
}

/** The next run on the same device starts with the choice of the first, where nothing outlives the page too. */
const chosenOn = new WeakMap<Gpu, ChosenKernels>();

function remember(gpu: Gpu, chosen: ChosenKernels): ChosenKernels {
  chosenOn.set(gpu, chosen);
  return chosen;
}

/** A written choice, with the default where a name means nothing here. */
function fromWritten(gpu: Gpu, written: WrittenChoice): { kernels: KernelChoice; notices: CodedError[] } {
  const linear: Record<LinearRole, string> = { ...defaultLinearChoice(gpu) };
  const notices: CodedError[] = [];
  for (const role of linearRoles) {
    const name = written.linear?.[role];
    if (isUsable(gpu, role, name)) linear[role] = name;
    else notices.push(notThere(name, `linear.${role}`, linear[role]));
  }
  return { kernels: { linear, attention: writtenAttention(gpu, written, notices) }, notices };
}

function writtenAttention(gpu: Gpu, { attention }: WrittenChoice, notices: CodedError[]): AttentionChoice {
  // Runs from before this choice was written.
  if (attention === undefined) return barrierFreeAttention(gpu);
  const used: Record<AttentionRole, string> = { ...defaultAttention(gpu) };
  for (const role of attentionRoles) {
    const name = attention[role];
    const variant = typeof name === 'string' ? attentionVariant(name) : undefined;
    if (variant && attentionRunsOn(gpu, variant)) used[role] = variant.name;
    else notices.push(notThere(name, `attention.${role}`, used[role]));
  }
  return used;
}

function notThere(name: unknown, of: string, used: string): CodedError {
  return new CodedError(
    'kernels.variant',
    `The run's variant "${String(name)}" of ${of} is not there on this adapter; ${used} is used.`,
    'Nothing needs to be done: results agree to rounding, speed may differ.',
  );
}

function isUsable(gpu: Gpu, role: LinearRole, name: unknown): name is string {
  const variant = typeof name === 'string' ? linearVariant(name) : undefined;
  return variant?.kernels[role] !== undefined && runsOn(gpu, variant);
}

async function readCache(
  gpu: Gpu,
  cache: KernelCache,
  path: string,
): Promise<{ kernels: KernelChoice; calibration: Calibration } | null> {
  try {
    const record = JSON.parse(await readText(cache, path)) as {
      calibration: Calibration;
      kernels: WrittenChoice;
    };
    const { kernels, notices } = fromWritten(gpu, record.kernels);
    const numbers = [
      record.calibration.multiplyAddGflops,
      record.calibration.copyGigabytesPerSecond,
      record.calibration.dispatchMicroseconds,
    ];
    return notices.length === 0 && numbers.every(Number.isFinite)
      ? { kernels, calibration: record.calibration }
      : null;
  } catch {
    // Missing, or not what was written: the race writes it anew.
    return null;
  }
}

function adapterName(gpu: Gpu): string {
  const { vendor, architecture, description } = gpu.adapter;
  return [vendor, architecture, description].join(' ');
}

function cachePath(gpu: Gpu): string {
  return `kernels-${adapterKey(gpu)}.json`;
}

/** Adapter, runtime, who starts first and kernel sources in eight hexadecimal digits: any of them new means a new race. */
function adapterKey(gpu: Gpu): string {
  const runtime = typeof navigator === 'undefined' ? '' : (navigator.userAgent ?? '');
  const features = [...gpu.device.features].sort().join();
  const sources = [
    ...linearVariants.flatMap(({ kernels }) => Object.values(kernels).map(({ kernel }) => kernel.code)),
    ...attentionVariants.flatMap((variant) =>
      attentionRoles.map((role) => variant.source(role, usualAttention.shape.headDim) ?? ''),
    ),
    ...multiplyAdds.map(({ kernel }) => kernel.code),
  ];
  let hash = 0x811c9dc5;
  const likely = Object.values(defaultLinearChoice(gpu));
  for (const text of [adapterName(gpu), runtime, features, ...likely, ...sources])
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * @file A checkpoint as a Hugging Face folder, with what training needs to go on beside the weights.
 *
 *   model.safetensors  config.json  tokenizer.json  tokenizer_config.json  generation_config.json    any reader
 *   optimizer.safetensors  trainer_state.json  reference.safetensors                                 to resume
 */
import { CodedError } from '../errors';
import { checkTensors, parsePolicyConfig, toHuggingFaceConfig } from '../policy/config';
import type { WeightTensors } from '../policy/gpu-policy';
import { parseSafetensors, serializeSafetensors, type Tensors } from '../policy/safetensors';
import type { PolicyConfig, SamplingOptions } from '../policy/types';
import type { PoolQuestion } from '../rl/retrospective';
import type { WarmupState } from '../rl/supervised';
import { type CurriculumFile, readCurriculum, readPool, readWarmup } from './draw-state';
import { type FileStore, inFolder, readJson, readText } from './store';

/** Written last: a checkpoint folder without it is not whole. */
export const stableFile = 'STABLE';

/** Everything besides weights and optimiser moments that the next step depends on. */
export interface TrainerStateFile {
  /** Training steps done; Hugging Face's name. */
  global_step: number;
  /** Index of the next item of the task source. */
  next_item: number;
  /** Optimiser updates done: Adam's bias correction and the warm-up of the learning rate count them. */
  optimizer_updates: number;
  seed: number;
  /** Where the run stands in its stages, and which those were, as one line. */
  curriculum?: CurriculumFile;
  /** Questions that may come back. */
  pool?: PoolQuestion[];
  /** What supervised stages have done; absent = nothing. */
  warmup?: WarmupState;
  /** AEPO's state; absent = not active. */
  aepo_active?: boolean;
}

export interface Checkpoint {
  config: PolicyConfig;
  weights: Tensors;
  /** Optimiser moments by name; null where only the policy is kept. */
  optimizer: Tensors | null;
  /** The weights the run began with; absent where nothing asks them again. */
  reference?: Tensors;
  /** Text of `tokenizer.json`, `tokenizer_config.json` … by file name. */
  tokenizerFiles: Readonly<Record<string, string>>;
  sampling: SamplingOptions;
  trainerState: TrainerStateFile;
}

const tokenizerNames = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.json',
  'merges.txt',
];

/**
 * Writes the folder; the marker comes last. An older checkpoint at the same place loses its marker first.
 * @param dtype of the weights; moments are always F32.
 */
export async function saveCheckpoint(
  store: FileStore,
  folder: string,
  checkpoint: Checkpoint,
  dtype: 'F32' | 'F16' = 'F32',
): Promise<void> {
  const { weights, optimizer, reference, trainerState } = checkpoint;
  await store.remove(inFolder(folder, stableFile));
  await store.write(inFolder(folder, 'model.safetensors'), serializeSafetensors(weights, dtype));
  if (optimizer)
    await store.write(inFolder(folder, 'optimizer.safetensors'), serializeSafetensors(optimizer, 'F32'));
  else await store.remove(inFolder(folder, 'optimizer.safetensors'));
  if (reference)
    await store.write(inFolder(folder, 'reference.safetensors'), serializeSafetensors(reference, 'F32'));
  else await store.remove(inFolder(folder, 'reference.safetensors'));
  await saveDescription(store, folder, checkpoint, dtype === 'F16' ? 'float16' : 'float32');
  await store.write(inFolder(folder, 'trainer_state.json'), json(trainerState));
  await store.write(inFolder(folder, stableFile), `${trainerState.global_step}\n`);
}

/** Writes what stands beside the weights in any Hugging Face folder: configuration, tokenizer, sampling. */
export async function saveDescription(
  store: FileStore,
  folder: string,
  { config, tokenizerFiles, sampling }: Pick<Checkpoint, 'config' | 'tokenizerFiles' | 'sampling'>,
  torch_dtype: 'float32' | 'float16',
): Promise<void> {
  await store.write(inFolder(folder, 'config.json'), json({ ...toHuggingFaceConfig(config), torch_dtype }));
  for (const [name, text] of Object.entries(tokenizerFiles)) await store.write(inFolder(folder, name), text);
  await store.write(inFolder(folder, 'generation_config.json'), json(generationConfig(config, sampling)));
}

/**
 * Reads a checkpoint, or a plain Hugging Face folder (then without moments, at step 0); `''` is the root of the store.
 * @throws CodedError `store.missing`, `checkpoint.format`, `checkpoint.config`, `checkpoint.shape`, `checkpoint.state`.
 */
export async function loadCheckpoint(store: FileStore, folder: string): Promise<Checkpoint> {
  const has = (name: string) => store.exists(inFolder(folder, name));
  const config = parsePolicyConfig(
    await readJson(store, inFolder(folder, 'config.json'), 'checkpoint.config'),
  );
  const weights = parseSafetensors(await store.read(inFolder(folder, 'model.safetensors')));
  checkTensors(config, weights);
  const optimizer = (await has('optimizer.safetensors'))
    ? parseSafetensors(await store.read(inFolder(folder, 'optimizer.safetensors')))
    : null;
  const reference = (await has('reference.safetensors'))
    ? parseSafetensors(await store.read(inFolder(folder, 'reference.safetensors')))
    : null;
  const tokenizerFiles: Record<string, string> = {};
  for (const name of tokenizerNames)
    if (await has(name)) tokenizerFiles[name] = await readText(store, inFolder(folder, name));
  const generation = (await has('generation_config.json'))
    ? await readJson(store, inFolder(folder, 'generation_config.json'), 'checkpoint.config')
    : {};
  const state = (await has('trainer_state.json'))
    ? await readJson(store, inFolder(folder, 'trainer_state.json'), 'checkpoint.state')
    : null;
  return {
    config,
    weights,
    optimizer,
    ...(reference && { reference }),
    tokenizerFiles,
    sampling: samplingOptions(generation),
    trainerState: trainerState(state),
  };
}

function generationConfig(config: PolicyConfig, sampling: SamplingOptions): Record<string, unknown> {
  return {
    bos_token_id: config.bos_token_id,
    eos_token_id: config.eos_token_id,
    pad_token_id: config.pad_token_id,
    do_sample: !sampling.greedy,
    temperature: sampling.temperature,
    top_k: sampling.top_k,
    top_p: sampling.top_p,
    max_new_tokens: sampling.maxNewTokens,
  };
}

/** Missing or unusable fields take the defaults of transformers, with truncation off. */
function samplingOptions(generation: Record<string, unknown>): SamplingOptions {
  const number = (key: string, otherwise: number) => {
    const value = generation[key];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;
  };
  return {
    temperature: number('temperature', 1),
    top_k: number('top_k', 0),
    top_p: number('top_p', 1),
    maxNewTokens: number('max_new_tokens', 256),
    greedy: generation.do_sample === false,
  };
}

function trainerState(state: Record<string, unknown> | null): TrainerStateFile {
  const count = (key: string) => {
    const value = state?.[key] ?? 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw new CodedError(
      'checkpoint.state',
      `trainer_state.json: ${key} is not a whole number.`,
      'Resume from another checkpoint.',
    );
  };
  return {
    global_step: count('global_step'),
    next_item: count('next_item'),
    optimizer_updates: count('optimizer_updates'),
    seed: count('seed'),
    ...(state?.curriculum !== undefined && { curriculum: readCurriculum(state.curriculum) }),
    ...(state?.pool !== undefined && { pool: readPool(state.pool) }),
    ...(state?.warmup !== undefined && { warmup: readWarmup(state.warmup) }),
    ...(state?.aepo_active === true && { aepo_active: true }),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The values of tensors by name, without their shapes. */
export function weightsOf(tensors: Tensors): WeightTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
}

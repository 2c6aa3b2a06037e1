/**
 * @file A chat model's folder in Hugging Face layout: which of its ONNX files to take, and what stands beside them.
 *
 *   onnx/model*.onnx (+ *.onnx_data)  tokenizer.json  tokenizer_config.json  [chat_template.jinja]
 *   [generation_config.json]  [config.json]
 */
import { CodedError } from '../../errors';
import { type FileStore, readJson, readText } from '../store';
import type { SessionRequest } from './runtime';

export interface ChatFiles {
  model: Uint8Array;
  externalData: { path: string; data: Uint8Array }[];
  tokenizer: Record<string, unknown>;
  tokenizerConfig: Record<string, unknown>;
  template: string;
  /** Tokens that end a reply. */
  eosIds: number[];
  /** Tokens the model can see; null where the folder does not say. */
  maxTokens: number | null;
}

/** Bytes read so far, after each file. */
export type FileProgress = (progress: { path: string; bytes: number }) => void;

/** File names end in the number format: small ones first, halves only where the GPU computes with them. */
const withHalves = ['q4f16', 'q4', 'fp16', '', 'int8', 'quantized', 'uint8', 'bnb4'];
const withoutHalves = ['q4', 'int8', 'quantized', 'uint8', '', 'bnb4', 'fp16', 'q4f16'];

/** The file of `names` to run, or null. */
export function chooseModelFile(
  names: readonly string[],
  provider: SessionRequest['provider'],
): string | null {
  const halves = provider.name === 'webgpu' && (provider.device?.features.has('shader-f16') ?? true);
  for (const suffix of halves ? withHalves : withoutHalves) {
    const name = `model${suffix === '' ? '' : `_${suffix}`}.onnx`;
    if (names.includes(name)) return name;
  }
  return null;
}

/**
 * Reads the folder.
 * @param file name in `onnx/`; chosen by the provider where omitted.
 * @throws CodedError `chat.files` where something is missing or no JSON, `store.*`.
 */
export async function readChatFiles(
  store: FileStore,
  provider: SessionRequest['provider'],
  { file, onProgress = () => {} }: { file?: string; onProgress?: FileProgress } = {},
): Promise<ChatFiles> {
  const names = await store.list('onnx');
  const chosen = file ?? chooseModelFile(names, provider);
  if (chosen === null || !names.includes(chosen))
    throw unusable(`There is no ${chosen === null ? 'model file' : chosen} in the folder onnx`);
  // The small files first: what is missing is told before a gigabyte is read.
  const tokenizer = await readJson(store, 'tokenizer.json', 'chat.files');
  const tokenizerConfig = await readJson(store, 'tokenizer_config.json', 'chat.files');
  const optional = async (name: string) =>
    (await store.exists(name)) ? await readJson(store, name, 'chat.files') : {};
  const generation = await optional('generation_config.json');
  const config = await optional('config.json');
  const template = await chatTemplate(store, tokenizerConfig);

  let bytes = 0;
  const read = async (name: string) => {
    const data = await store.read(`onnx/${name}`);
    bytes += data.length;
    onProgress({ path: `onnx/${name}`, bytes });
    return data;
  };
  const externalData = [];
  for (const path of names.filter((name) => name.startsWith(`${chosen}_data`)))
    externalData.push({ path, data: await read(path) });
  const limit = config.max_position_embeddings;
  return {
    model: await read(chosen),
    externalData,
    tokenizer,
    tokenizerConfig,
    template,
    eosIds: tokenIds(generation.eos_token_id ?? config.eos_token_id),
    maxTokens: typeof limit === 'number' && limit > 0 ? limit : null,
  };
}

/** The template as a string, as the default of a list, or as a file of its own. */
async function chatTemplate(store: FileStore, config: Record<string, unknown>): Promise<string> {
  const given: unknown = config.chat_template;
  if (typeof given === 'string') return given;
  if (Array.isArray(given)) {
    const entries = given.filter(
      (entry): entry is { name: unknown; template: string } => typeof entry?.template === 'string',
    );
    const entry = entries.find(({ name }) => name === 'default') ?? entries[0];
    if (entry) return entry.template;
  }
  if (await store.exists('chat_template.jinja')) return readText(store, 'chat_template.jinja');
  throw unusable('There is no chat template: this is no chat model');
}

function tokenIds(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isSafeInteger(id));
}

function unusable(what: string): CodedError {
  return new CodedError(
    'chat.files',
    `${what}.`,
    'Choose the folder of a chat model in Hugging Face layout, with onnx/model….onnx and tokenizer.json.',
  );
}

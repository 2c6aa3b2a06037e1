/**
 * @file Sliding windows: which layers attend to everything before a token and which only to the last `sliding_window`
 * tokens, itself included, in the words of Hugging Face's `config.json`.
 */
import type { LayerType, PolicyConfig } from './types';

/** Hugging Face's Qwen2Config. */
const defaultWindow = 4096;
const defaultMaxWindowLayers = 28;

type WindowFields = Pick<PolicyConfig, 'sliding_window' | 'layer_types'>;

/** Keys a token of this layer sees at most, itself included; null = all before it. */
export function layerWindow(config: WindowFields, layer: number): number | null {
  return config.layer_types?.[layer] === 'sliding_attention' ? (config.sliding_window ?? null) : null;
}

/**
 * Reads the window fields of a `config.json` as transformers does for Qwen2: `use_sliding_window` switches windows on,
 * `layer_types` names the layers, and without it those from `max_window_layers` on are windowed. A Longview policy needs
 * no switch beside `layer_types`. Nothing is returned where every layer is global.
 * @param bad makes the error that names the field.
 */
export function readWindows(
  fields: Record<string, unknown>,
  layers: number,
  bad: (why: string) => Error,
): WindowFields {
  const { layer_types: given, use_sliding_window: use, sliding_window: wanted } = fields;
  const switched = use ?? (fields.model_type === 'longview' && Array.isArray(given));
  if (typeof switched !== 'boolean') throw bad('use_sliding_window must be true or false');
  if (!switched) return {};
  const layerTypes = given === undefined || given === null ? byDepth(fields, layers, bad) : given;
  if (!Array.isArray(layerTypes) || layerTypes.length !== layers || !layerTypes.every(isLayerType))
    throw bad(`layer_types must name full_attention or sliding_attention for each of ${layers} layers`);
  if (!layerTypes.includes('sliding_attention')) return {};
  const window = wanted === undefined ? defaultWindow : wanted;
  if (typeof window !== 'number' || !Number.isSafeInteger(window) || window < 1)
    throw bad('sliding_window must be a whole number above 0 where a layer is windowed');
  return { sliding_window: window, layer_types: layerTypes };
}

function byDepth(fields: Record<string, unknown>, layers: number, bad: (why: string) => Error): LayerType[] {
  const first = fields.max_window_layers ?? defaultMaxWindowLayers;
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 0)
    throw bad('max_window_layers must be a whole number');
  return Array.from({ length: layers }, (_, i) => (i >= first ? 'sliding_attention' : 'full_attention'));
}

function isLayerType(value: unknown): value is LayerType {
  return value === 'full_attention' || value === 'sliding_attention';
}

/** The window fields of a `config.json`, for readers that know `layer_types` and for older ones. */
export function writeWindows(config: PolicyConfig): Record<string, unknown> {
  const windowed = Array.from(
    { length: config.num_hidden_layers },
    (_, layer) => layerWindow(config, layer) !== null,
  );
  if (!windowed.includes(true)) return { use_sliding_window: false };
  const { sliding_window, layer_types } = config;
  const max_window_layers = windowed.indexOf(true);
  return { use_sliding_window: true, sliding_window, layer_types, max_window_layers };
}

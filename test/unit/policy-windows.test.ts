import { describe, expect, it } from 'vitest';
import { parsePolicyConfig, toHuggingFaceConfig } from '../../src/policy/config';
import { layerWindow } from '../../src/policy/windows';
import { smallConfig } from '../support/policy';

const qwen = { model_type: 'qwen2', eos_token_id: 7, num_hidden_layers: 4 };
const windows = (fields: Record<string, unknown>) => {
  const config = parsePolicyConfig(fields);
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => layerWindow(config, layer));
};
const [full, sliding] = ['full_attention', 'sliding_attention'] as const;

describe('sliding windows in a config.json', () => {
  it('mixed layers round-trip, in the words of Hugging Face', () => {
    const config = smallConfig({
      num_hidden_layers: 3,
      sliding_window: 12,
      layer_types: [sliding, full, sliding],
    });
    const json = toHuggingFaceConfig(config);
    expect(json).toMatchObject({ use_sliding_window: true, sliding_window: 12 });
    expect(parsePolicyConfig(JSON.parse(JSON.stringify(json)))).toEqual(config);
    expect(windows(json)).toEqual([12, null, 12]);
  });

  it('a policy of global layers says so, and nothing else', () => {
    const json = toHuggingFaceConfig(smallConfig({ sliding_window: 12, layer_types: [full, full] }));
    expect(json.use_sliding_window).toBe(false);
    const config = parsePolicyConfig(json);
    expect(config.sliding_window).toBeUndefined();
    expect(config.layer_types).toBeUndefined();
  });

  it('Qwen2 files read as transformers reads them', () => {
    expect(windows(qwen)).toEqual([null, null, null, null]);
    // Qwen2.5 ships these with the switch off.
    expect(
      windows({ ...qwen, use_sliding_window: false, sliding_window: 131072, max_window_layers: 2 }),
    ).toEqual([null, null, null, null]);
    expect(windows({ ...qwen, use_sliding_window: true, sliding_window: 64, max_window_layers: 3 })).toEqual([
      null,
      null,
      null,
      64,
    ]);
    expect(windows({ ...qwen, use_sliding_window: true, max_window_layers: 0 })).toEqual([
      4096, 4096, 4096, 4096,
    ]);
    expect(windows({ ...qwen, use_sliding_window: true })).toEqual([null, null, null, null]);
    const layer_types = [full, sliding, full, sliding];
    expect(windows({ ...qwen, layer_types, sliding_window: 8 })).toEqual([null, null, null, null]);
    expect(windows({ ...qwen, layer_types, sliding_window: 8, use_sliding_window: true })).toEqual([
      null,
      8,
      null,
      8,
    ]);
  });

  it('refuses layers without a window, and kinds it does not know', () => {
    const longview = { ...qwen, model_type: 'longview', num_hidden_layers: 2 };
    expect(() => windows({ ...longview, layer_types: [full, sliding], sliding_window: null })).toThrow(
      'sliding_window',
    );
    expect(() => windows({ ...longview, layer_types: [full, 'chunked_attention'] })).toThrow('layer_types');
  });
});

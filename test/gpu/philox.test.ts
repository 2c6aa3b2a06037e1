import { describe, expect, it } from 'vitest';
import { defineKernel } from '../../src/gpu';
import { exponential, philox4x32 } from '../../src/kernels/sampling/philox';
import philoxCode from '../../src/kernels/sampling/philox.wgsl?raw';
import { useRig } from '../support/gpu';

/** Known answers of Random123: counter, key, output. */
const knownAnswers = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [new Array(4).fill(0xffffffff), [0xffffffff, 0xffffffff], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

/** Exposes philox.wgsl: rows of counter and key in, words out; word rows in, exponentials out. */
const probe = {
  code: `${philoxCode}
    @group(0) @binding(0) var<storage, read> input: array<vec4u>;
    @group(0) @binding(1) var<storage, read_write> output: array<vec4u>;
    struct Params { rows: u32 }
    @group(1) @binding(0) var<uniform> params: Params;
    @compute @workgroup_size(64) fn words(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < params.rows) { output[id.x] = philox4x32(input[2u * id.x], input[2u * id.x + 1u].xy); }
    }
    @compute @workgroup_size(64) fn variates(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < params.rows) { output[id.x] = bitcast<vec4u>(exponential(input[id.x])); }
    }`,
  storage: ['read', 'read-write'] as const,
  params: { rows: 'u32' } as const,
};
const words = defineKernel({ label: 'test.philox', entryPoint: 'words', ...probe });
const variates = defineKernel({ label: 'test.exponential', entryPoint: 'variates', ...probe });

describe('Philox', () => {
  const rig = useRig([words, variates]);

  it('gives the known answers on the CPU and on the GPU', async () => {
    const { buffers, queue } = rig();
    const output = buffers.storage('output', 48);
    const input = Uint32Array.from(knownAnswers.flatMap(([counter, key]) => [...counter, ...key, 0, 0]));
    queue.run(words, [buffers.from('input', input), output], { rows: 3 }, [1]);
    expect([...(await queue.readUints(output, 12))]).toEqual(
      knownAnswers.flatMap(([, , expected]) => expected),
    );
    for (const [counter, key, expected] of knownAnswers) expect(philox4x32(counter, key)).toEqual(expected);
  });

  it('exponential variates are accurate relative to their size at both ends', async () => {
    const { buffers, queue } = rig();
    const rows = 512;
    const input = Uint32Array.from({ length: rows * 4 }, (_, i) => {
      if (i < 1024) return i * 512; // the smallest variates, which win the race
      if (i < 1536) return 0xffffffff - (i - 1024) * 512;
      return Math.imul(i, 0x9e3779b9) >>> 0;
    });
    const output = buffers.storage('output', rows * 16);
    queue.run(variates, [buffers.from('input', input), output], { rows }, [8]);
    const actual = await queue.readFloats(output, rows * 4);
    for (let i = 0; i < input.length; i++)
      expect(Math.abs(actual[i] / exponential(input[i]) - 1)).toBeLessThan(1e-5);
  });
});

import { describe, expect, it } from 'vitest';
import { attentionVariants } from '../../src/kernels/attention';
import { attentionRoles } from '../../src/kernels/attention/variants';
import { entryFacts } from '../support/shaders';

const headDims = [4, 8, 12, 16, 32, 64, 128, 256];
const entryPoints = { forward: 'forward', backward_q: 'backwardQ', backward_kv: 'backwardKV' };

describe.each(attentionVariants.map((variant) => [variant.name, variant] as const))('%s', (_, variant) => {
  it.each(headDims)('keeps to the default limits with heads of %i', (headDim) => {
    for (const role of attentionRoles) {
      const source = variant.source(role, headDim);
      if (source === null) continue;
      const facts = entryFacts(source).find(({ name }) => name === entryPoints[role]);
      expect(facts?.storageCount).toBeLessThanOrEqual(8);
      expect(facts?.workgroupBytes).toBeLessThanOrEqual(16 * 1024);
      expect(facts?.workgroupBytes === 0).toBe(!variant.barriers);
      expect(facts?.invocations).toBeLessThanOrEqual(256);
    }
  });
});

it('every head dimension has a shape of workgroup tiles for each role', () => {
  for (const headDim of headDims)
    for (const role of attentionRoles)
      expect(
        attentionVariants.filter(({ barriers, source }) => barriers && source(role, headDim) !== null),
      ).not.toEqual([]);
});

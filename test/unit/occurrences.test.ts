import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onceIn } from '../../src/tasks/occurrences';

describe('pieces that stand once', () => {
  it.each([10, 6000])('are those that two searches find: %i characters', (least) => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'b', ' '),
      minLength: least,
      maxLength: least + 400,
    });
    fc.assert(
      fc.property(letters, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 24 }))), (body, cuts) => {
        const once = onceIn(body);
        for (const [from, length] of [...cuts, [0, 9], [least, 12]]) {
          const start = from % body.length;
          const piece = body.slice(start, start + length);
          expect(once(piece)).toBe(body.indexOf(piece) === body.lastIndexOf(piece));
          expect(once(`${piece}c`)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('counts places that overlap', () => {
    const body = `${'x'.repeat(5000)}${'ab'.repeat(10)}`;
    expect(onceIn(body)('ab'.repeat(9))).toBe(false);
    expect(onceIn(body)('ab'.repeat(10))).toBe(true);
  });
});

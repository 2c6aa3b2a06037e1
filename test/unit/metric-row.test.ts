/** @file Metric rows in few bytes say what their records said. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { metricNamesOf, metricOf, packedRow } from '../../src/ui/state/metric-row';

const name = fc.string({ maxLength: 12 }).map((end) => `m/${end}`);
const record = fc.dictionary(name, fc.double());
const extremes = fc.dictionary(name, fc.float());
const row = fc.record(
  { step: fc.nat(), metrics: record, seconds: fc.double(), tokens: fc.nat(), low: extremes, high: extremes },
  { requiredKeys: ['step', 'metrics'] },
);

it('is the row it was made of, in every name and number, NaN and −0 included', () => {
  fc.assert(
    fc.property(row, (plain) => {
      const packed = packedRow(plain);
      for (const key of ['step', 'metrics', 'seconds', 'tokens', 'low', 'high'] as const)
        expect(packed[key]).toEqual(plain[key]);
      expect(metricNamesOf(packed)).toEqual(Object.keys(plain.metrics));
      for (const own of [...Object.keys(plain.metrics), 'no such name'])
        for (const side of ['metrics', 'low', 'high'] as const)
          expect(metricOf(packed, own, side)).toBe(metricOf(plain, own, side));
      expect(packedRow(packed)).toBe(packed);
    }),
  );
});

it('tells rows of many shapes apart, one after the other', () => {
  const rows = Array.from({ length: 60 }, (_, i) =>
    packedRow({
      step: i,
      metrics: Object.fromEntries(Array.from({ length: i }, (_, k) => [`m${k}`, i * k])),
    }),
  );
  for (const [i, packed] of rows.entries()) {
    expect(Object.keys(packed.metrics)).toHaveLength(i);
    if (i > 0) expect(metricOf(packed, `m${i - 1}`)).toBe(i * (i - 1));
  }
});

it('gives one record for one row, so that what selects it is not drawn again', () => {
  const packed = Array.from({ length: 40 }, (_, step) => packedRow({ step, metrics: { a: step } }));
  expect(packed[0].metrics).toBe(packed[0].metrics);
  for (const row of packed) expect(row.metrics).toEqual({ a: row.step });
  expect(packed[39].metrics).toBe(packed[39].metrics);
  expect(packed[0].metrics).toEqual({ a: 0 });
});

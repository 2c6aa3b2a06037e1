/** @file Figures from run folders: seeds become bands, text is escaped, the same runs give the same bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundTicks } from '../../src/run/axis';
import { makeConfig } from '../../src/run/config';
import {
  dynamicsFigures,
  groupBySeed,
  type RunCurves,
  readRunCurves,
  seedCurve,
} from '../../src/run/figures';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { figureSvg } from '../../src/run/svg-chart';

function runOf(name: string, changes: Record<string, unknown>, offset: number): RunCurves {
  const rows = Array.from({ length: 30 }, (_, i) => ({
    step: i + 1,
    time: 0,
    'critic/rewards/mean': offset + i / 60,
    'actor/entropy': 1 - i / 100,
    'response_length/mean': 20 + i,
    'actor/grad_norm': 0.5,
    'behavior/ground': i / 30,
  }));
  return { name, config: makeConfig('micro', changes), rows };
}

const three = [1, 2, 3].map((seed) => runOf(`run-${seed}`, { seed }, seed / 10));

/** Every tag closes, in order; attributes are quoted; no number is missing. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const faults: string[] = [];
  for (const [tag, name] of svg.matchAll(/<\/?([a-z]*)[^>]*>/g)) {
    if (!/^<(\/[a-z]+|[a-z]+( [a-zA-Z:-]+="[^"<]*")*\/?)>$/.test(tag)) faults.push(tag);
    if (tag.startsWith('</') && open.pop() !== name) faults.push(tag);
    else if (!tag.startsWith('</') && !tag.endsWith('/>')) open.push(name);
  }
  const words = svg.replace(/<[^>]*>/g, '');
  faults.push(...open, ...(words.match(/[<>]|&(?!amp;|lt;|gt;|quot;)/g) ?? []));
  faults.push(...(svg.match(/[^<>]*="[^"]*(NaN|Infinity)[^"]*"/g) ?? []));
  expect(faults).toEqual([]);
}

describe('runs', () => {
  it('that differ in the seed alone are one curve from the lowest to the highest', () => {
    const groups = groupBySeed(three);
    expect(groups.map(({ runs }) => runs.length)).toEqual([3]);
    const { points } = seedCurve(groups[0], 'critic/rewards/mean');
    expect(points.length).toBe(30);
    expect(points[0]).toEqual({ x: 1, y: expect.closeTo(0.2, 12), low: 0.1, high: 0.3 });
  });

  it('with other settings are other curves, named by what differs', () => {
    const groups = groupBySeed([...three, runOf('other', { seed: 1, clip_ratio_high: 0.2 }, 0)]);
    expect(groups.map(({ label }) => label)).toEqual(['clip_ratio_high 0.28', 'clip_ratio_high 0.2']);
  });

  it('that are the same twice keep their own names', () => {
    const groups = groupBySeed([three[0], { ...three[0], name: 'again' }]);
    expect(groups.map(({ label }) => label)).toEqual(['run-1', 'again']);
  });

  it('are read from their folders; an empty folder is told', async () => {
    const folder = new RunFolder(new MemoryStore(), () => 0);
    await expect(readRunCurves('here', folder)).rejects.toMatchObject({ code: 'run.empty' });
    const origin = { appVersion: '1', commit: 'c', adapterClass: 's', documentId: 'd', documentTitle: 'D' };
    await folder.begin(makeConfig('micro', { seed: 4 }), origin);
    await folder.recordMetrics(0, { 'val-core/generated/acc/mean@8': 0.2 });
    await folder.recordStep({ step: 1, metrics: { 'actor/entropy': 0.5 }, groups: [] });
    const run = await readRunCurves('here', folder);
    expect(run.config.seed).toBe(4);
    expect(run.rows.map(({ step }) => step)).toEqual([0, 1]);
  });
});

describe('the figures', () => {
  it('are three well-formed files, the same bytes for the same runs', () => {
    const figures = dynamicsFigures(groupBySeed(three));
    expect(figures.map(({ file }) => file)).toEqual(['figure-2.svg', 'figure-5.svg', 'figure-7.svg']);
    for (const { svg } of figures) expectWellFormed(svg);
    expect(dynamicsFigures(groupBySeed(three))).toEqual(figures);
    expect(figures[0].svg).toContain('Mean over 3 seeds a curve');
  });

  it('draw a band for several seeds and none for one', () => {
    const [several] = dynamicsFigures(groupBySeed(three));
    const [one] = dynamicsFigures(groupBySeed([three[0]]));
    expect(several.svg).toContain('fill-opacity');
    expect(one.svg).not.toContain('fill-opacity');
    expect(one.svg).toContain('One seed a curve.');
  });

  it('say so where a run did not record a quantity', () => {
    const [figure] = dynamicsFigures(groupBySeed(three));
    expect(figure.svg).toContain('not recorded: no reference policy was kept');
  });

  it('stay well-formed whatever the words and numbers', () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: -5, max: 5 }), fc.constant(1e-300));
    const curve = fc.record({
      label: fc.string({ unit: 'binary' }),
      points: fc.array(
        fc.record({ x: fc.integer({ min: 0, max: 99 }), y: number, low: number, high: number }),
        {
          maxLength: 5,
        },
      ),
    });
    const panel = fc.record({
      title: fc.string({ unit: 'binary' }),
      unit: fc.string(),
      curves: fc.array(curve, { maxLength: 10 }),
      empty: fc.string(),
    });
    fc.assert(
      fc.property(fc.string(), fc.array(panel, { maxLength: 3 }), (title, panels) => {
        expectWellFormed(figureSvg({ title, note: title, xLabel: title, panels }));
      }),
      { numRuns: 50 },
    );
    const panels = [{ title: '<script>alert(1)</script>', unit: '"&', curves: [], empty: '' }];
    const svg = figureSvg({ title: 'a\u0000b', note: '', xLabel: '', panels });
    expect(svg).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(svg).toContain('<title>ab</title>');
  });
});

describe('ticks', () => {
  it('are round, inside the range and few', () => {
    expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
    expect(roundTicks(3, 48, 6)).toEqual([10, 20, 30, 40]);
    expect(roundTicks(-5e-324, 5e-324, 5)).toEqual([-5e-324]);
    expect(roundTicks(1, 1 + 2 ** -52, 5)).toEqual([1]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const ticks = roundTicks(low, low + span, 5);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(6);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6);
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-6));
          }
        },
      ),
    );
  });

  it('on a dark ground have other colours and the same words, in as many columns as are asked for', () => {
    const point = { x: 1, y: 1, low: 1, high: 1 };
    const curve = { label: 'fill="#0072b2"', points: [point, { ...point, x: 2 }] };
    const panel = { title: 'p', unit: '', curves: [curve], empty: '' };
    const figure = { title: 't', note: '', xLabel: '', panels: [panel, panel] };
    const [light, dark] = [figureSvg(figure), figureSvg(figure, { dark: true, columns: 1 })];
    expectWellFormed(dark);
    expect(light).toContain('="#ffffff"');
    expect(dark).not.toMatch(/="#(ffffff|0072b2|1a1d21)"/);
    expect(dark).toContain('fill=&quot;#0072b2&quot;');
    const width = (svg: string) => Number(/ width="(\d+)"/.exec(svg)?.[1]);
    expect(width(dark)).toBeLessThan(width(light));
    expect(dark.length).toBeGreaterThan(light.length * 0.9);
  });
});

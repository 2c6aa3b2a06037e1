import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { OpfsStore } from '../../src/run/opfs-store';
import type { RunDescription } from '../../src/run/run-description';
import { figureSvg } from '../../src/run/svg-chart';
import { calmWaitMs } from '../../src/ui/charts/calm';
import { chartCsv, framed } from '../../src/ui/charts/chart-files';
import { curveFigure, curveRows } from '../../src/ui/charts/curve-file';
import { marksAt, markWords, placeWords } from '../../src/ui/charts/marks';
import { originLines, originOf, provenance, provenanceOfRuns } from '../../src/ui/charts/origin';
import { axisEnds, zoomedStretch } from '../../src/ui/charts/positions';
import { cellIntervals } from '../../src/ui/lab/heat-model';
import { stepsOnDisk } from '../../src/ui/lab/stored-checkpoints';
import { overlayFigure, overlayTable } from '../../src/ui/runs/overlay-file';
import { type ChangeMark, initialState } from '../../src/ui/state/model';
import type { Curve } from '../../workers/runs-protocol';
import { FakeOpfs } from '../support/fake-opfs';
import { smallCheckpoint } from '../support/run-fixture';

const mark = (step: number, who: ChangeMark['who'] = 'you'): ChangeMark => ({
  step,
  key: 'clip_ratio_high',
  from: 0.2,
  to: 0.28,
  time: '12:04',
  who,
});

describe('a live change on a curve', () => {
  it('says what, from and to, who and when', () => {
    expect(markWords(mark(7))).toBe('step 7 clip_ratio_high 0.2 → 0.28, you, 12:04');
    expect(markWords(mark(7, 'recorded'))).toContain('recorded, 12:04');
  });

  it('is meant by the first point that felt it, by the newest while none has, and by a place beside its line', () => {
    const steps = [2, 4, 6, 8];
    const at = (index: number, place?: number) =>
      marksAt(
        [mark(3), mark(9)],
        { steps, xs: steps },
        index,
        place === undefined ? undefined : { place, reach: 5, placeOf: (x) => x * 10 },
      ).map(({ step }) => step);
    expect([0, 1, 2, 3].map((index) => at(index))).toEqual([[], [3], [], [9]]);
    // Its line is at x = 3, in the middle of steps 2 and 4.
    expect(at(0, 26)).toEqual([3]);
    expect(at(0, 20)).toEqual([]);
  });

  it('has its words beside its line, above those of a neighbour, and none where the lines are full', () => {
    const plot = { left: 0, right: 100, lines: 2, gap: 0 };
    const placed = placeWords(
      [
        { x: 10, words: 'first' },
        { x: 20, words: 'second' },
        { x: 95, words: 'end' },
        { x: 22, words: 'fourth' },
      ],
      plot,
      (words) => words.length * 10,
    );
    expect(placed).toEqual([
      { words: 'first', left: 10, line: 0 },
      { words: 'second', left: 20, line: 1 },
      // To the left of its line, at 95: the plot ends at 100.
      { words: 'end', left: 65, line: 0 },
    ]);
  });
});

describe('zooming a curve', () => {
  it('keeps the place that is pointed at, ends where the curve ends, and is all of it again when it would be', () => {
    expect(zoomedStretch([0, 10], 4, 0.5, [0, 10])).toEqual([2, 7]);
    // The place is two fifths from the left before and after.
    expect(zoomedStretch([2, 7], 9, 0.5, [0, 10])).toEqual([5.5, 8]);
    expect(zoomedStretch([5, 10], 10, 1.5, [0, 10])).toEqual([2.5, 10]);
    expect(zoomedStretch([2, 7], 4, 3, [0, 10])).toBeNull();
  });
});

describe('the axis of a curve', () => {
  it('that is one point lies around its step, and below 0 there is no step', () => {
    // What uPlot asks for then.
    expect(axisEnds([7], [0, 100])).toEqual([6, 8]);
    expect(axisEnds([0], [0, 100])).toEqual([0, 1]);
    expect(axisEnds([50_000], [0, 60_000])).toEqual([49_500, 50_500]);
  });

  it('of several points is what the plot asks for: all of them, or the stretch that was zoomed to', () => {
    expect(axisEnds([1, 2, 9], [1, 9])).toEqual([1, 9]);
    expect(axisEnds([1, 2, 9], [2, 3])).toEqual([2, 3]);
    expect(axisEnds([], [null, null])).toEqual([null, null]);
  });

  it('is the same on paper', () => {
    const point = { x: 7, y: 0.5, low: 0.5, high: 0.5 };
    const panel = { title: '', unit: 'u', curves: [{ label: 'a', points: [point] }], empty: '' };
    const svg = figureSvg({ title: '', note: '', xLabel: 'step', panels: [panel] });
    const ticks = [...svg.matchAll(/text-anchor="middle">([\d.]+)</g)].map(([, tick]) => Number(tick));
    expect(ticks).toEqual([6, 6.5, 7, 7.5, 8]);
  });
});

describe('a chart as a file', () => {
  const adapter = { vendor: 'google', architecture: 'swiftshader', description: '', software: true };
  const live = { ...initialState, runId: 'run-1', name: 'brave otter', adapter };
  const now = Date.UTC(2026, 10, 26, 12);
  const recording = {
    storedId: null,
    name: 'clear-kite',
    adapterClass: 'hardware: apple m3',
    begun: Date.UTC(2026, 9, 1) / 1000,
    commit: 'abc',
    lastStep: 9,
  };

  it('says run, preset, seed, adapter class and day in its name and in its lines', () => {
    const origin = originOf(live, now);
    const { seed } = live.config;
    expect(origin.stem).toBe(`brave-otter-qwenlong-l1-script-2026-11-26-seed-${seed}-software`);
    const lines = originLines(origin).join('\n');
    for (const part of [
      'brave otter',
      'run-1',
      'qwenlong-l1-script',
      `seed ${seed}`,
      'software: google swiftshader',
      '2026-11-26',
    ])
      expect(lines).toContain(part);
    expect(lines).not.toContain('REPLAY');
  });

  it('of a replay says so, with the adapter and the day it was recorded on instead of those that show it', () => {
    const origin = originOf({ ...live, recording }, now);
    expect(origin.stem).toMatch(/^replay-clear-kite-.*-2026-10-01-seed-\d+$/);
    const [first, ...rest] = originLines(origin);
    expect(first).toBe('REPLAY of a run recorded 2026-10-01');
    expect(rest.join()).toContain('hardware: apple m3');
    expect(rest.join()).not.toContain('swiftshader');
  });

  const curve = {
    name: 'reward, "raw"',
    help: 'What it is.',
    steps: [1, 2, 3],
    xs: [1, 2, 3],
    values: [0.1, null, 1 / 3],
    smoothed: [0.1, null, 0.2],
    reach: null,
    weight: 0.6,
    marks: [mark(2)],
    xName: 'step',
  };

  it('as CSV holds comments, a quoted head, gaps, and every digit', () => {
    const numbers = { name: curve.name, ...curveRows(curve) };
    const lines = chartCsv(numbers, provenance(originOf(live, now)))
      .trimEnd()
      .split('\n');
    const plain = lines.filter((line) => !line.startsWith('# '));
    expect(lines.length).toBeGreaterThan(plain.length + 3);
    expect(plain).toEqual(['step,"reward, ""raw""",smoothed 0.60', '1,0.1,0.1', '2,,', `3,${1 / 3},0.2`]);
  });

  it('as a picture has its changes as numbered lines, and below it their words and where it comes from', () => {
    const { figure, notes } = curveFigure(curve);
    expect(figure.panels[0].marks).toEqual([{ x: 1.5, label: '1' }]);
    expect(notes).toContain(`1: ${markWords(mark(2))}`);
    const { svg, height } = framed(
      { figure, notes },
      curve.name,
      provenance(originOf({ ...live, recording }, now)),
    );
    expect(svg).toContain('REPLAY of a run recorded 2026-10-01');
    expect(svg.replace(/<[^>]*>\s*/g, ' ')).toContain('clip_ratio_high 0.2 → 0.28, you, 12:04');
    const own = Number(/height="(\d+)"/.exec(figureSvg(figure))?.[1]);
    expect(height).toBeGreaterThan(own + 60);
    // One document: nothing in it is left open.
    expect(svg.match(/<svg /g)).toHaveLength(2);
    expect(svg.match(/<\/svg>/g)).toHaveLength(2);
  });
});

describe('overlaid curves as a file', () => {
  const described = (id: string, name: string, seed: number): RunDescription => ({
    ...{
      id,
      name,
      config: makeConfig('micro', { seed }),
      steps: 3,
      checkpoints: [],
      reward: 0.5,
      damage: null,
    },
    ...{ begun: Date.UTC(2026, 9, 1) / 1000, changed: 0, commit: '', documentId: '', documentTitle: '' },
    ...{ adapterClass: 'hardware: apple m3', forkedFrom: null, difference: '', seedOf: null },
  });
  const runs = [described('run-a', 'brave-otter', 1), described('run-b', 'calm "heron"', 2)];
  const third = { ...described('run-c', 'sharp-wren', 1), config: null, adapterClass: 'software: google' };
  const curve: Curve = {
    metric: 'critic/rewards/mean',
    a: [
      [1, 0.1],
      [2, 0.2],
    ],
    b: [[2, 0.5]],
    strip: [{ step: 2, a: 0.2, b: 0.5, delta: 0.3 }],
    bandA: [[2, 0.15, 0.25]],
    bandB: [],
    others: [
      [
        [2, 0.4],
        [3, 1 / 3],
      ],
    ],
  };
  const now = Date.UTC(2026, 10, 26);

  it('as CSV has every step of every run, with gaps, all digits and where each comes from', () => {
    const { columns, kinds, rows } = overlayTable(curve);
    expect(kinds).toHaveLength(columns.length);
    const from = provenanceOfRuns([...runs, third], ['a note'], now);
    const lines = chartCsv({ name: 'reward', columns, rows: rows() }, from).trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('# '))).toEqual([
      'step,A,B,C,B − A,A lowest seed,A highest seed',
      '1,0.1,,,,,',
      '2,0.2,0.5,0.4,0.3,0.15,0.25',
      `3,,,${1 / 3},,,`,
    ]);
    expect(lines.slice(0, 6)).toEqual([
      '# reward',
      '# A: run brave-otter (run-a); preset micro, seed 1; adapter hardware: apple m3; begun 2026-10-01',
      '# B: run calm "heron" (run-b); preset micro, seed 2; adapter hardware: apple m3; begun 2026-10-01',
      '# C: run sharp-wren (run-c); adapter software: google; its speed is no performance figure; begun 2026-10-01',
      '# a note',
      '# saved 2026-11-26 by Longview',
    ]);
  });

  it('has runs, day, seeds and a software adapter in its name, and no name of a path', () => {
    expect(provenanceOfRuns(runs, [], now).stem).toBe('brave-otter-calm-heron--2026-11-26-seed-1-2');
    expect(provenanceOfRuns([runs[0], third], [], now).stem).toBe(
      'brave-otter-sharp-wren-2026-11-26-seed-1-software',
    );
  });

  it('as a picture has a line a run, the reach of its seeds, and the difference in a panel of its own', () => {
    const figure = overlayFigure('reward', curve, [...runs, third]);
    expect(figure.panels.map(({ curves }) => curves.map(({ label }) => label))).toEqual([
      ['A brave-otter', 'B calm "heron"', 'C sharp-wren'],
      ['B − A'],
    ]);
    expect(figure.panels[0].curves[0].points).toEqual([
      { x: 1, y: 0.1, low: 0.1, high: 0.1 },
      { x: 2, y: 0.2, low: 0.15, high: 0.25 },
    ]);
    const { svg } = framed({ figure }, 'reward', provenanceOfRuns([...runs, third], [], now));
    const words = svg.replace(/<[^>]*>\s*/g, ' ');
    for (const part of ['B calm &quot;heron&quot;', 'seed 2', '2026-10-01', 'software: google'])
      expect(words).toContain(part);
    expect(overlayFigure('reward', { ...curve, strip: [] }, runs).panels).toHaveLength(1);
  });
});

describe('a cell of the heat table', () => {
  const scores = (score: number, greedy: number, items = 4) => ({
    items,
    failed: 0,
    unparsed: 0,
    judged: 0,
    greedy,
    greedyRule: greedy,
    score,
    rule: score,
    interval: { low: score - 0.1, high: score + 0.1 },
    survivors: score,
    standardError: 0.05,
    passAtK: [],
    bestAtN: [],
  });

  it('is not sure because its few questions scored alike', () => {
    // Wilson of 4 of 4: 4 / (4 + 1.96²).
    const all = cellIntervals(scores(1, 1));
    expect(all.score?.low).toBeCloseTo(4 / (4 + 1.959964 ** 2), 4);
    expect(all.score?.high).toBe(1);
    expect(cellIntervals(scores(0, 0)).score?.high).toBeCloseTo(1 - 4 / (4 + 1.959964 ** 2), 4);
  });

  it('has the spread of its questions where they differ, and Wilson for the greedy share', () => {
    const { score, greedy } = cellIntervals(scores(0.5, 0.5));
    expect(score).toEqual({ low: 0.4, high: 0.6 });
    expect(greedy?.low).toBeCloseTo(0.15, 2);
    expect(greedy?.high).toBeCloseTo(0.85, 2);
    // A judge's half verdict makes it no proportion.
    expect(cellIntervals(scores(0.5, 0.4)).greedy).toBeNull();
  });
});

describe('a curve under reduced motion', () => {
  it('moves once a second at most, and at once without the wish', () => {
    expect(calmWaitMs(Number.NEGATIVE_INFINITY, 5, true)).toBe(0);
    expect(calmWaitMs(1000, 1300, true)).toBe(700);
    expect(calmWaitMs(1000, 2300, true)).toBe(0);
    expect(calmWaitMs(1000, 1300, false)).toBe(0);
  });
});

describe('the flags of the timeline', () => {
  it('are the whole checkpoints that the run’s folder holds, and none where it has no folder', async () => {
    const disk = new FakeOpfs();
    const runs = await disk.handle.getDirectoryHandle('runs', { create: true });
    const folder = new RunFolder(new OpfsStore(await runs.getDirectoryHandle('run-1', { create: true })));
    for (const step of [20, 38, 39, 40]) await folder.saveCheckpoint(smallCheckpoint(step));
    // Two newest, and every twentieth.
    expect(await stepsOnDisk(disk.handle, 'run-1')).toEqual([20, 39, 40]);
    expect(await stepsOnDisk(disk.handle, 'run-2')).toEqual([]);
    expect(await stepsOnDisk(new FakeOpfs().handle, 'run-1')).toEqual([]);
  });
});

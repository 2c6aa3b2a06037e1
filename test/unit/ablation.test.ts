/** @file The ablation runner survives being killed anywhere, does nothing twice, and its table is right. */
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/args';
import { type AblationPorts, type AblationResult, runAblation } from '../../src/run/ablation';
import { type AblationAxis, ablationGrid } from '../../src/run/ablation-grid';
import { gridFile } from '../../src/run/ablation-plan';
import { readAblation } from '../../src/run/ablation-read';
import { ablationFigure, ablationMarkdown, ablationTable } from '../../src/run/ablation-table';
import { makeConfig } from '../../src/run/config';
import { configFromFlags } from '../../src/run/config-text';
import type { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import { parseStages, stageSteps, withoutWarmup } from '../../src/run/stages-text';
import { ablateCommand } from '../../src/ui/lab/ablate-command';
import { FakeSession, gridFiles, portsOn } from '../support/fake-ablation';
import { expectNear } from '../support/fixtures';

const base: RunConfig = { ...presets.micro, 'eval.every': 2, 'checkpoint.every': 2 };
const steps = 5;

/** What must not depend on how often the run was killed: everything but the clock. */
const told = (results: readonly AblationResult[]) =>
  results.map(({ rows, ...result }) => ({ ...result, rows: rows.map(({ time, ...row }) => row) }));

describe('the ablation grid', () => {
  it('of preset small is the whole grid of the paper, every cell with the same RL steps on the same lengths', () => {
    const { cells, absent } = ablationGrid(presets.small, [1, 2]);
    expect(absent).toEqual([]);
    expect(cells.length).toBe(2 * 2 * 3 * 2);
    expect(new Set(cells.map(({ folder }) => folder)).size).toBe(cells.length);
    for (const { levels, folder, steps, config } of cells) {
      expect(folder).toMatch(/^[a-z0-9_-]+$/);
      const stages = parseStages(config.curriculum);
      const rl = stages.filter(({ kind }) => kind === 'rl');
      const [, start, curriculum] = levels;
      expect(stages.length - rl.length).toBe(start === 'SFT' ? 1 : 0);
      expect(rl.length).toBe(curriculum === 'naive long' ? 1 : 3);
      expect(config['pool.rule'] !== 'off').toBe(curriculum === 'phased + retrospective');
      expect(rl.at(-1)?.maxTokens).toBe(384);
      const rlSteps = rl.reduce((sum, { stop }) => sum + (stop.steps ?? Number.NaN), 0);
      expect(rlSteps).toBe(stageSteps(withoutWarmup(presets.small.curriculum)));
      expect(steps).toBe(stageSteps(config.curriculum));
    }
    expect(ablationGrid(presets.small, [1], 1).cells.every(({ steps }) => steps === 1)).toBe(true);
  });

  it('leaves levels out that the stages do not name, and names them', () => {
    const { cells, absent } = ablationGrid(base, [1, 2]);
    expect(absent).toEqual(['SFT', 'phased', 'phased + retrospective']);
    expect(cells.map(({ levels }) => levels.join())).toEqual(
      ['GRPO', 'GRPO', 'DAPO', 'DAPO'].map((name) => `${name},no SFT,naive long`),
    );
    expect(cells.every(({ config, steps }) => config.curriculum === 'off' && steps === 40)).toBe(true);
    const two = ablationGrid({ ...base, curriculum: '96x2/share=0,128x3' }, [1]).absent;
    expect(two).toEqual(['SFT']);
  });

  it('GRPO and DAPO differ as the paper says, and keep what was asked for', () => {
    const { cells } = ablationGrid({ ...base, group_size: 4 }, [3]);
    const [grpo, dapo] = ['GRPO', 'DAPO'].map(
      (name) => cells.find(({ levels }) => levels[0] === name)?.config,
    );
    expect(grpo).toMatchObject({ loss_agg_mode: 'seq-mean-token-mean', 'filter_groups.enable': false });
    expect(grpo).toMatchObject({
      clip_ratio_low: 0.2,
      clip_ratio_high: 0.2,
      'overlong_buffer.enable': false,
    });
    expect(dapo).toMatchObject({ loss_agg_mode: 'token-mean', 'filter_groups.enable': true });
    expect(dapo).toMatchObject({ clip_ratio_high: 0.28, 'overlong_buffer.enable': true });
    for (const config of [grpo, dapo])
      expect(config).toMatchObject({ seed: 3, group_size: 4, 'eval.every': 2 });
  });
});

describe('the ablation runner', () => {
  const { cells } = ablationGrid(base, [1], steps);

  it('gives the same results wherever it was killed', async () => {
    const [one] = cells;
    const life = { left: Number.POSITIVE_INFINITY };
    const counting = portsOn(new Map(), life);
    life.left = 1_000_000;
    const whole = told(await runAblation([one], counting));
    const writes = 1_000_000 - life.left;
    expect(whole.length).toBe(1);
    expect(writes).toBeGreaterThan(20);
    for (let left = 0; left < writes; left++) {
      const stores = new Map<string, MemoryStore>();
      await expect(runAblation([one], portsOn(stores, { left }))).rejects.toThrow();
      expect(told(await runAblation([one], portsOn(stores))), `killed after ${left} writes`).toEqual(whole);
    }
  });

  it('does not run a finished cell again, and goes on from the last checkpoint of a stopped one', async () => {
    const stores = new Map<string, MemoryStore>();
    const first = portsOn(stores);
    let made = 0;
    const stopped = await runAblation(cells, {
      ...first,
      onStep: () => {
        made++;
      },
      // In the middle of the second cell.
      stopped: () => made >= steps + 3,
    });
    expect(stopped.map(({ cell }) => cell.folder)).toEqual([cells[0].folder]);
    const second = portsOn(stores);
    expect((await runAblation(cells, second)).length).toBe(cells.length);
    expect(second.opened[0]).toBe(3);
    expect(second.stepsMade).toBe(2 + steps * (cells.length - 2));
    const third = portsOn(stores);
    expect((await runAblation(cells, third)).length).toBe(cells.length);
    expect(third.opened).toEqual([]);
  });

  it('evaluates before the first step, and keeps that', async () => {
    const ports = portsOn(new Map());
    const [result] = await runAblation(cells, ports);
    expect(result.rows[0]).toMatchObject({ step: 0, 'val-core/generated/acc/mean@8': 500 / 997 });
    const start = new FakeSession(cells[0].config, 0, 500);
    expect(result.before).toEqual((await ports.measure(start)).table);
  });

  it('trains only the cells that are wanted, and reads the others where they are finished', async () => {
    const ports = portsOn(new Map());
    const [first, second] = cells;
    const folders = async (wanted?: AblationPorts<FakeSession>['wanted']) =>
      (await runAblation(cells, { ...ports, wanted })).map(({ cell }) => cell.folder);
    expect(await folders((cell) => cell === second)).toEqual([second.folder]);
    expect(await folders((cell) => cell === first)).toEqual([first.folder, second.folder]);
  });

  it.each([
    ['the same weights are asked once before training', 'default', 3],
    ['weights of the seed are asked by seed', 'random', 4],
  ])('%s', async (_, policy, times) => {
    let asked = 0;
    const ports = portsOn(new Map());
    const own = cells.map((cell, seed) => ({ ...cell, seed, config: { ...cell.config, policy, seed } }));
    const [a, b] = await runAblation(own, {
      ...ports,
      measure(session) {
        asked++;
        return ports.measure(session);
      },
    });
    expect(asked).toBe(times);
    expect(b.before).toEqual(a.before);
  });

  it('refuses a folder that was made with other settings or more steps', async () => {
    const stores = new Map<string, MemoryStore>();
    await runAblation(cells, portsOn(stores));
    const other = ablationGrid({ ...base, lr: 1e-5 }, [1], steps).cells;
    await expect(runAblation(other, portsOn(stores))).rejects.toMatchObject({
      code: 'ablate.other_settings',
      message: expect.stringContaining('lr'),
    });
    await expect(runAblation(ablationGrid(base, [1], 4).cells, portsOn(stores))).rejects.toMatchObject({
      code: 'ablate.other_settings',
    });
  });
});

describe('the ablation table', () => {
  const axes: AblationAxis[] = [
    { name: 'objective', levels: ['A', 'B'].map((name) => ({ name, settings: () => ({}) })) },
    {
      name: 'curriculum',
      levels: ['naive', 'phased', 'more'].map((name) => ({ name, settings: () => ({}) })),
    },
  ];
  /** Score after training on the longest bucket; half of it on all together. */
  const result = (levels: string[], seed: number, score: number): AblationResult => {
    const scores = (value: number) => ({ score: value }) as AblationResult['after']['macro'];
    const table = (macro: number, long: number) =>
      ({
        macro: scores(macro),
        buckets: [
          { bucket: 128, scores: scores(0) },
          { bucket: 64, scores: scores(long) },
        ],
      }) as AblationResult['after'];
    return {
      cell: { levels, seed, config: { ...base, seed }, folder: `${levels.join('-')}-${seed}`, steps },
      before: table(0.1, 0),
      after: {
        ...table(score / 2, 0.9),
        buckets: [...table(0, 0.9).buckets.slice(1), { bucket: 128, scores: scores(score) }],
      },
      rows: [{ step: 1, time: 0, 'critic/rewards/mean': score }],
    };
  };
  const results = [
    ...[1, 2, 3].map((seed) => result(['A', 'naive'], seed, 0.4 + seed / 10)),
    ...[1, 2, 3].map((seed) => result(['A', 'more'], seed, 0.5 + seed / 10)),
    result(['B', 'more'], 2, 0.2),
  ];

  it('means over seeds, with intervals where there are several', () => {
    const table = ablationTable(results, ['phased'], axes);
    expect(table.longest).toBe(128);
    const [naive, , alone] = table.rows;
    expect(naive).toMatchObject({ levels: ['A', 'naive'], seeds: [1, 2, 3] });
    expectNear(naive.after.mean, 0.3, 1e-12);
    expectNear(naive.rise.mean, 0.2, 1e-12);
    // Deviation 0.05 over three seeds: half width 4.303 · 0.05 / √3.
    expectNear(naive.rise.interval?.high ?? 0, 0.2 + (4.303 * 0.05) / Math.sqrt(3), 1e-9);
    expect(alone.after.interval).toBeNull();
  });

  it('compares the next level that is there seed by seed, on the longest bucket', () => {
    const { comparisons } = ablationTable(results, [], axes);
    expect(comparisons.map(({ axis, from, to, rest, seeds }) => ({ axis, from, to, rest, seeds }))).toEqual([
      { axis: 'objective', from: 'A', to: 'B', rest: ['more'], seeds: [2] },
      { axis: 'curriculum', from: 'naive', to: 'more', rest: ['A'], seeds: [1, 2, 3] },
    ]);
    expectNear(comparisons[0].difference.mean, 0.2 - 0.7, 1e-12);
    expectNear(comparisons[1].difference.mean, 0.1, 1e-12);
    expectNear(comparisons[1].difference.interval?.low ?? 0, 0.1, 1e-9);
  });

  it('is Markdown with a line a cell and what is not there, and a figure with bands', () => {
    const markdown = ablationMarkdown(ablationTable(results, ['phased'], axes));
    expect(markdown.split('\n').filter((line) => line.startsWith('| A, ')).length).toBe(2);
    expect(markdown).toContain('| more against naive | A | 1, 2, 3 | +0.100');
    expect(markdown).toContain('as its settings name no such stages: phased.');
    expect(ablationMarkdown(ablationTable([], [], axes))).toContain('# Ablation');
    const figure = ablationFigure([
      ...results,
      ...results.map((r) => ({ ...r, rows: [{ ...r.rows[0], step: 2 }] })),
    ]);
    expect(figure).toContain('A, naive');
    expect(ablationFigure([])).toContain('No cell is finished.');
  });
});

describe('the folder of an ablation, read back', () => {
  const { cells, absent } = ablationGrid(base, [1, 2], steps);
  const file = (path: string, bytes: Uint8Array) => ({ path, size: bytes.length, read: async () => bytes });
  /** Below a folder of any name, as a zip has it. */
  async function filesOf(finished?: number) {
    const { results, files } = await gridFiles(base, [1, 2], steps, finished);
    return { results, files: files.map(({ path, bytes }) => file(`my grid/${path}`, bytes)) };
  }

  it('gives the table and the figure that the command wrote, from the cells themselves', async () => {
    const { results, files } = await filesOf();
    expect(results).toHaveLength(cells.length);
    let read = 0;
    const counted = files.map((file) => ({
      ...file,
      read: () => {
        read += Number(/checkpoints|rollouts/.test(file.path));
        return file.read();
      },
    }));
    const reading = await readAblation(counted);
    expect(reading.table).toEqual(ablationTable(results, absent));
    expect(reading.figure).toBe(ablationFigure(results));
    expect(reading.markdown).toBe(ablationMarkdown(ablationTable(results, absent)));
    expect(reading.cells.map(({ folder }) => folder)).toEqual(cells.map(({ folder }) => folder));
    expect([reading.document, reading.base.preset]).toEqual(['d', base.preset]);
    expect(read, 'checkpoints and answers are not unpacked').toBe(0);
  });

  it('shows the finished cells of a grid that was stopped', async () => {
    const { results, files } = await filesOf(2);
    const reading = await readAblation(files);
    expect(reading.results.map(({ cell }) => cell.folder)).toEqual(results.map(({ cell }) => cell.folder));
    expect(reading.results).toHaveLength(2);
    expect(reading.cells.length).toBeGreaterThan(2);
  });

  it('is refused in words where it is none, two, or not what the command writes', async () => {
    const { files } = await filesOf(1);
    const text = (path: string, content: string) => file(path, new TextEncoder().encode(content));
    const refused = (given: typeof files, code: string) =>
      expect(readAblation(given), code).rejects.toMatchObject({ code });
    await refused(files.slice(1), 'ablate.none');
    await refused([...files, text(`other/${gridFile}`, '{}')], 'ablate.none');
    await refused([text(gridFile, '[]')], 'ablate.damaged');
    await refused([text(gridFile, '{}')], 'config.json');
    await refused([text(gridFile, '{"base":{"no_such_setting":1}}')], 'config.unknown');
    const evaluation = files.findIndex(({ path }) =>
      path.endsWith(`evaluations/ablation/step_${steps}.json`),
    );
    const twisted = files.map((own, i) =>
      i === evaluation ? text(own.path, '{"subject":{},"table":{}}') : own,
    );
    await refused(twisted, 'ablate.damaged');
    const other = JSON.stringify({ base: { ...base, lr: 1e-5 }, steps, document: 'd' });
    await refused([text(`my grid/${gridFile}`, other), ...files.slice(1)], 'ablate.other_settings');
    const long = files.map((own) => ({ ...own, size: own.path.endsWith('metrics.jsonl') ? 65e6 : own.size }));
    await refused(long, 'ablate.damaged');
  });

  it('is made by the command of the page, which the command line reads as the same settings', () => {
    const config = makeConfig('micro', {
      seed: 9,
      curriculum: '96x2,128x3/name=a b',
      clip_ratio_high: 0.3,
      'task.families': 'cloze',
    });
    const command = ablateCommand(config, true);
    expect(command).toContain("'96x2,128x3/name=a b'");
    expect(command).toContain('--document YOUR-TEXT.txt');
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    const { settings, options } = parseArguments(words.slice(3), {
      out: { kind: 'text', value: 'DIR', help: '' },
      seeds: { kind: 'text', value: 'LIST', help: '' },
      document: { kind: 'text', value: 'FILE', help: '' },
    });
    expect(options).toEqual({ out: 'runs/grid', seeds: '1,2,3', document: 'YOUR-TEXT.txt' });
    expect({ ...configFromFlags(settings), seed: 9 }).toEqual(config);
    expect(ablateCommand(makeConfig('small'), false)).not.toContain('--document');
  });
});

/** @file Charts as figures a person reads by pointer and by key, and takes along as files. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openFakePage } from '../support/fake-page';
import { openLab, openOwn, openRested, show } from '../support/lab-page';
import { closedAfterEach } from '../support/opened';
import { openTrainedPage } from '../support/trained-page';

const openTrained = closedAfterEach(() => openTrainedPage());

describe('a chart of Play', () => {
  it('says what a place on it is, by pointer and by key, and leads to the answers of its step', async () => {
    const { page, errors } = await openTrained();
    const steps = async () =>
      Number((await page.getByTestId('step-count').textContent())?.replace(/\D/g, ''));
    // The page's window holds the groups of the last two steps or three.
    for (let done = await steps(); done < 6; done = await steps()) {
      await page.keyboard.press('.');
      await expect.poll(steps).toBeGreaterThan(done);
      await page.getByTestId('start-button').waitFor();
    }
    await page.getByTestId('clip-high-number').fill('0.32');
    await page.keyboard.press('Enter');
    const chart = page.getByTestId('reward-chart');
    await page.waitForFunction(() =>
      /changes.*, you, \d\d:\d\d/.test(
        document.querySelector('[data-testid=reward-chart] figcaption')?.textContent ?? '',
      ),
    );
    const plot = chart.getByRole('group');
    await plot.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    // The newest step is the last before the change.
    const tip = chart.getByTestId('chart-tip');
    expect(await tip.textContent()).toMatch(
      /step \d+ · value .* · smoothed .*clip_ratio_high 0\.2.* → 0\.32, you, \d\d:\d\d/,
    );
    const box = await chart.locator('.u-over').boundingBox();
    if (!box) throw new Error('no plot');
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    await tip.getByText(/^step 1 · value/).waitFor();
    expect(await tip.textContent()).toContain('its answers, in the Lab');
    const newest = await steps();
    await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
    await page.getByTestId('follow-button').waitFor();
    await page
      .getByTestId('group-panel')
      .getByText(new RegExp(`step ${newest} ·`))
      .waitFor();
    // The page no longer has the answers of its first step; the run folder does.
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await page.locator('[data-testid=view-rollouts][aria-current=page]').waitFor();
    await page.waitForFunction(() => location.hash.includes('step=1'));
    expect(errors).toEqual([]);
  });
});

describe('charts of the Lab', () => {
  it('zoom by the wheel with Alt and by key, show all again, and leave as CSV, PNG and SVG with where they come from', async () => {
    const { page, errors } = await openOwn(openRested());
    const chart = page.locator('[data-testid="chart-critic/rewards/mean"]');
    const plot = chart.getByRole('group');
    await plot.focus();
    const firstStep = async () => {
      await page.keyboard.press('Home');
      const box = await chart.locator('.u-over').boundingBox();
      if (!box) throw new Error('no plot');
      // What stands at the left end.
      await page.mouse.move(box.x + 1, box.y + box.height / 2);
      const tip = await chart.getByTestId('chart-tip').textContent();
      return Number(/^step (\d+)/.exec(tip ?? '')?.[1]);
    };
    expect(await firstStep()).toBe(1);
    await page.keyboard.press('End');
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    expect(await firstStep()).toBeGreaterThan(1);
    await page.keyboard.press('0');
    expect(await firstStep()).toBe(1);
    const box = await chart.locator('.u-over').boundingBox();
    if (!box) throw new Error('no plot');
    await page.mouse.move(box.x + box.width - 2, box.y + 10);
    await page.keyboard.down('Alt');
    for (let i = 0; i < 6; i++) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Alt');
    expect(await firstStep()).toBeGreaterThan(1);
    await page.mouse.dblclick(box.x + 30, box.y + 10);
    expect(await firstStep()).toBe(1);

    await chart.getByRole('button', { name: /^Table/ }).click();
    const save = async (kind: string) => {
      const waiting = page.waitForEvent('download');
      await chart.getByRole('button', { name: kind, exact: true }).click();
      const download = await waiting;
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const csv = await save('CSV');
    expect(csv.name).toMatch(/-micro-\d{4}-\d\d-\d\d-seed-1-software-reward\.csv$/);
    expect(csv.bytes.toString()).toMatch(/^# reward\n# run .*\n# preset micro, seed 1\n# adapter software: /);
    const svg = (await save('SVG')).bytes.toString();
    expect(svg).toContain('preset micro, seed 1');
    const png = await save('PNG');
    expect(png.name).toMatch(/-software-reward\.png$/);
    // Width and height of its head, twice those of the SVG.
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([
      2 * Number(width),
      2 * Number(height),
    ]);
    expect(errors).toEqual([]);
  });

  it('that are drawn on the page have a sentence, a table and files of their own', async () => {
    const { page, errors } = await openLab();
    const check = async (testId: string, rows: number) => {
      const figure = page.getByTestId(testId);
      expect((await figure.locator('figcaption').textContent())?.length).toBeGreaterThan(10);
      await figure.getByRole('button', { name: /^Table/ }).click();
      expect(await figure.locator('tbody tr').count()).toBeGreaterThanOrEqual(rows);
      const waiting = page.waitForEvent('download');
      await figure.getByRole('button', { name: 'SVG', exact: true }).click();
      const svg = await readFile(await (await waiting).path(), 'utf8');
      expect(svg).toContain('adapter software');
    };
    await show(page, 'curriculum');
    await check('mix', 6);
    await check('swarm', 1);
    await show(page, 'data');
    await check('lengths', 10);
    await show(page, 'rollouts');
    await page.getByRole('button', { name: 'Reward × length' }).click();
    await check('scatter', 8);
    expect(errors).toEqual([]);
  });

  it('of several runs over each other leave as files that name every run', async () => {
    const { page, errors } = await openOwn(
      openFakePage({ query: { level: 'lab' }, hash: 'compare=run-a,run-b,run-e' }),
    );
    const chart = page.getByTestId('compare-window').locator('figure').first();
    await chart.getByRole('button', { name: /^Table/ }).click();
    expect(await chart.locator('tbody tr').count()).toBeGreaterThan(20);
    const save = async (kind: string) => {
      const waiting = page.waitForEvent('download');
      await chart.getByRole('button', { name: kind, exact: true }).click();
      const download = await waiting;
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const csv = await save('CSV');
    expect(csv.name).toMatch(
      /^brave-otter-calm-heron-sharp-wren-\d{4}-\d\d-\d\d-seed-\d+-software-reward\.csv$/,
    );
    expect(csv.bytes.toString()).toContain('\n# B: run calm-heron (run-b); preset micro, seed');
    expect(csv.bytes.toString()).toContain('\nstep,A,B,C,B − A,A lowest seed,A highest seed\n1,');
    const svg = (await save('SVG')).bytes.toString();
    for (const part of ['A brave-otter', 'B calm-heron', 'C sharp-wren']) expect(svg).toContain(part);
    const png = await save('PNG');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([
      2 * Number(width),
      2 * Number(height),
    ]);
    await page.screenshot({ path: 'test/browser/screenshots/compare-files.png' });
    await writeFile('test/browser/screenshots/compare-file.png', png.bytes);
    expect(errors).toEqual([]);
  });

  it('keep their scales and lines in forced colours', async () => {
    const { page } = await openLab();
    await page.emulateMedia({ forcedColors: 'active' });
    await show(page, 'eval');
    await page.getByTestId('ask-suites').click();
    const cell = page.getByTestId('heat-cell').nth(4);
    await cell.focus();
    expect(await page.getByTestId('heat-pointed').textContent()).toMatch(/questions, sampled .*95 %.*greedy/);
    expect(await cell.evaluate((element) => getComputedStyle(element).backgroundImage)).toContain('gradient');
    await page.emulateMedia({ forcedColors: 'none' });
  });
});

import { describe, expect, it } from 'vitest';
import { ablationTable } from '../../src/run/ablation-table';
import { presets } from '../../src/run/presets';
import { zipParts } from '../../src/run/zip';
import { fixed } from '../../src/ui/format';
import { gridFiles } from '../support/fake-ablation';
import { chartValue, openLab, openOwn, openRested, query, records, show } from '../support/lab-page';

describe('the Lab', () => {
  it('draws stages and pool of the run, with every question’s rewards', async () => {
    const { page } = await openLab();
    await show(page, 'curriculum');
    const all = await records(page);
    const { pool = [] } = all[all.length - 1];
    expect(pool.length).toBeGreaterThan(0);
    await page.getByTestId('timeline-stage').first().waitFor();
    const stages = await page.getByTestId('timeline-stage').allTextContents();
    expect(stages[0]).toContain('0 < tokens ≤ 192');
    expect(stages[0]).toContain('3 of 3 steps');
    expect(stages[1]).toContain(`${all.length - 3} steps, open end`);
    expect(await page.getByTestId('pool-facts').textContent()).toContain(`${pool.length} questions`);
    expect(await page.getByTestId('pool-row').count()).toBe(pool.length);
    expect(await page.locator('[data-testid=swarm] circle').count()).toBe(pool.length);
    await page.getByTestId('pool-row').first().getByRole('button').click();
    const text = await page.getByTestId('pool-question').textContent();
    expect(
      pool.some(({ id, history }) => text?.includes(id) && text.includes(fixed(history[0].reward))),
    ).toBe(true);
    await page.getByTestId('timeline-stage').first().click();
    await page.waitForFunction(() => /step=[123](&|$)/.test(location.hash));
    await page.getByRole('button', { name: 'Return to now' }).click();
    await page.waitForFunction(() => !location.hash.includes('step='));
  });

  it('moves edges of stages ahead by pointer, by key and by number, asks training once a change, and takes it back', async () => {
    const { page, errors } = await openOwn(
      openRested({ query: { ...query, autostart: '1', curriculum: '192x3,320x400,448x200' } }),
    );
    await show(page, 'curriculum');
    const edges = page.getByTestId('stage-edge');
    await edges.first().waitFor();
    expect(await edges.count()).toBe(2);
    const config = () => page.getByTestId('timeline-stage').allTextContents();
    const changes = () =>
      page.evaluate(() =>
        window.fake.calls
          .filter(({ name }) => name === 'change')
          .map(({ argument }) => (argument as { curriculum?: string }).curriculum),
      );
    const edge = edges.first();
    expect(await edge.getAttribute('aria-valuetext')).toBe('after 400 steps');
    const box = await edge.boundingBox();
    if (!box) throw new Error('no edge');
    const [x, y] = [box.x + box.width / 2, box.y + 12];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y, { steps: 6 });
    const dragged = Number(await edge.getAttribute('aria-valuenow'));
    expect(dragged).toBeGreaterThan(400);
    expect(dragged).toBeLessThan(600);
    // The handle is under the pointer, and training has not heard of it.
    const moved = await edge.boundingBox();
    expect(Math.abs((moved?.x ?? 0) + box.width / 2 - (x + 60))).toBeLessThan(8);
    expect(await changes()).toEqual([]);
    await page.mouse.up();
    await page.waitForFunction(() => window.fake.calls.some(({ name }) => name === 'change'));
    expect(await changes()).toEqual([`192x3,320x${dragged},448x${600 - dragged}`]);
    await page.waitForTimeout(1100);
    await edge.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(
      (steps) => document.querySelector('[data-testid=stage-edge]')?.getAttribute('aria-valuenow') === steps,
      String(dragged - 1),
    );
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await page.waitForFunction(
      () => document.querySelector('[data-testid=stage-edge]')?.getAttribute('aria-valuenow') === '400',
    );
    await page.getByTestId('stage-steps').first().fill('450');
    await page.keyboard.press('Enter');
    await page.getByTestId('stage-tokens').last().fill('416');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      document.querySelectorAll('[data-testid=timeline-stage]')[2]?.textContent?.includes('≤ 416'),
    );
    expect((await config())[1]).toContain('of 450 steps');
    await page.waitForTimeout(300);
    expect((await changes()).at(-1)).toBe('192x3,320x450,416x200');
    expect(errors).toEqual([]);
  });

  it('has the evaluations, and asks suites on demand with answers in every cell', async () => {
    const { page } = await openLab();
    await show(page, 'eval');
    await page.getByTestId('eval-steps').waitFor();
    const rows = await page.locator('[data-testid=eval-steps] tbody tr').allTextContents();
    expect(rows[0]).toBe(`364${fixed(0.33, 3)}${fixed(0.43, 3)}`);
    await page.locator('[data-testid="eval-val-core/generated/acc/pass@8"] canvas').waitFor();
    await page.getByTestId('ask-suites').click();
    await page.getByTestId('heat-table').waitFor();
    const calls = await page.evaluate(() => window.fake.calls);
    expect(calls.at(-1)).toEqual({
      name: 'evaluateSuites',
      argument: { buckets: [112, 224, 448], depths: [0.1, 0.5, 0.9], questions: 4, samples: 4 },
    });
    expect(await page.getByTestId('heat-cell').count()).toBe(2 * 3 * 3);
    await page.getByTestId('heat-cell').nth(1).click();
    expect(await page.getByTestId('cell-answers').textContent()).toContain('Question 0 of cloze at 0.5');
  });

  it('counts behaviours by a list that can be edited, and opens the answers behind every count', async () => {
    const { page } = await openLab();
    await show(page, 'behaviours');
    const all = await records(page);
    const answers = all[all.length - 1].groups.flatMap((group) => group.answers);
    const ground = page.getByTestId('count-ground');
    expect(await ground.textContent()).toBe(
      String(answers.filter(({ text }) => /The text names/.test(text)).length),
    );
    await ground.click();
    const mark = page.locator('[data-testid=behaviour-answers] mark').first();
    expect(await mark.textContent()).toBe('The text names');
    await page.getByTestId('phrases-backtrack').fill('after the harvest\n\nhold/wait *');
    await page.locator('[data-testid=pattern-problem][data-code="behaviours.pattern"]').waitFor();
    await page.getByTestId('phrases-backtrack').fill('after the harvest');
    await page.getByTestId('count-backtrack').click();
    const harvest = answers.filter(({ text }) => text.includes('after the harvest')).length;
    expect(harvest).toBeGreaterThan(0);
    expect(await page.getByTestId('count-backtrack').textContent()).toBe(String(harvest));
    expect(await page.getByTestId('behaviour-answer').count()).toBe(Math.min(60, harvest));
    await page.getByTestId('recount').click();
    await page.getByText(`${all.length} steps of the run folder`).waitFor();
    expect(await chartValue(page, 'behavior/backtrack')).toBe(fixed(harvest / answers.length));
    await page.locator('[data-testid=behaviour-answer] button').first().click();
    expect(await page.getByTestId('inspector-path').textContent()).toMatch(/answer \d+/);
    await page.getByTestId('usual-patterns').click();
    expect(await page.getByTestId('count-backtrack').textContent()).toBe('0');
  });

  it('opens an ablation from its zip as table and figure, refuses other files in words, and shows the command', async () => {
    const { page, errors } = await openLab();
    await show(page, 'ablate');
    expect(await page.getByTestId('ablate-command').textContent()).toMatch(
      /^node scripts\/longview.mjs ablate --out runs\/grid --seeds 1,2,3 --preset micro --curriculum 192x3,384/,
    );
    const { results, files } = await gridFiles({ ...presets.micro, 'eval.every': 2 }, [1, 2], 5);
    const zip = (entries: typeof files) => ({
      name: 'grid.zip',
      mimeType: 'application/zip',
      buffer: Buffer.concat(zipParts(entries) as Uint8Array[]),
    });
    await page.getByTestId('ablate-zip').setInputFiles(zip(files.slice(1)));
    await page.locator('[data-testid=ablate-problem][data-code="ablate.none"]').waitFor();
    await page.getByTestId('ablate-zip').setInputFiles(zip(files));
    await page.getByTestId('ablate-figure').waitFor();
    expect(await page.getByTestId('ablate-problem').count()).toBe(0);
    expect(
      await page
        .getByTestId('ablate-figure')
        .evaluate(async (image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(400);
    const table = ablationTable(results, []);
    const rows = await page.locator('[data-testid=ablate-table] tbody tr').allTextContents();
    expect(rows).toHaveLength(table.rows.length);
    rows.forEach((row, i) => {
      expect(row).toContain(table.rows[i].levels.join(', '));
      expect(row).toContain(fixed(table.rows[i].after.mean, 3));
    });
    expect(await page.getByTestId('ablate-counts').textContent()).toContain(
      `${results.length} of ${results.length} cells finished, seeds 1, 2`,
    );
    expect(errors).toEqual([]);
  });

  it('says which data, which machine and what happened', async () => {
    const { page } = await openLab();
    await show(page, 'data');
    await page.getByText('Your document stays in this tab.').first().waitFor();
    expect(await page.getByTestId('families').textContent()).toContain('cloze');
    await show(page, 'system');
    expect(await page.getByTestId('adapter-facts').textContent()).toContain('swiftshader');
    expect(await page.getByTestId('adapter-facts').textContent()).toContain('no performance figure');
    expect(await page.getByTestId('kernels').textContent()).toContain('subgroup-8');
    expect(await page.getByTestId('memory-table').textContent()).toContain('31.4 MB');
    const all = await records(page);
    expect(await page.getByTestId('timings').textContent()).toContain(
      fixed(all[all.length - 1].metrics['timing_s/gen'], 3),
    );
    const log = await page.getByTestId('log').textContent();
    expect(log).toContain('paused at step');
    expect(log).toContain('held-out after step 3');
    expect(log).toContain('stage 2 begins with step 4');
  });
});

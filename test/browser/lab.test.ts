/** @file The Lab in a real browser, on the fake engine: every number it shows is one of the records. */
import axe from 'axe-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ablationTable } from '../../src/run/ablation-table';
import { presets } from '../../src/run/presets';
import { zipParts } from '../../src/run/zip';
import { fixed, percent, signed } from '../../src/ui/format';
import { labViews } from '../../src/ui/state/link';
import { gridFiles } from '../support/fake-ablation';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage, OpenPageOptions } from '../support/page';

type Page = OpenedPage['page'];

let opened: OpenedPage | null = null;
/** One run that has made some steps, over a change of stage, and rests: it serves all tests that only look. */
let shared: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});
afterAll(() => shared?.close());

const query = { level: 'lab', preset: 'micro', curriculum: '192x3,384', 'pool.rule': 'weighted' };
const viewport = { width: 1440, height: 900 };

async function openRested(options: OpenPageOptions = {}): Promise<OpenedPage> {
  const result = await openFakePage({ query: { ...query, autostart: '1' }, viewport, ...options });
  const { page } = result;
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 6,
  );
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor();
  await page.getByTestId('lab').waitFor();
  return result;
}

/** The shared page at its Overview, following the newest step. */
async function openLab(): Promise<OpenedPage> {
  shared ??= await openRested();
  const { page } = shared;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(viewport);
  if (await page.getByTestId('open-inspector').count()) await page.getByTestId('open-inspector').click();
  await show(page, 'overview');
  if (await page.getByTestId('newest').count()) await page.getByTestId('newest').click();
  return shared;
}

async function show(page: Page, view: string): Promise<void> {
  await page.getByTestId(`view-${view}`).click();
  await page.locator(`[data-testid=view-${view}][aria-current=page]`).waitFor();
}

/** The value at the head of a chart. */
function chartValue(page: Page, metric: string): Promise<string | null> {
  return page
    .locator(`[data-testid="chart-${metric}"] b, [data-testid="chart-${metric}"] .data`)
    .first()
    .textContent();
}

const records = (page: Page) =>
  page.evaluate(() =>
    window.fake.records.map(({ step, metrics, groups, pool }) => ({
      step,
      metrics,
      pool,
      groups: groups.map(({ uid, kept, dropReason, mean, std, question, answers }) => ({
        uid,
        kept,
        dropReason,
        mean,
        std,
        question,
        answers: answers.map(({ advantage, score, text, tokens, entropies }) => ({
          advantage,
          reward: score.total,
          text,
          length: tokens.length,
          entropy: entropies[0],
        })),
      })),
    })),
  );

describe('the Lab', () => {
  it('opens by link and by the switch, keeps the choice, and Play’s run goes on in it', async () => {
    opened = await openFakePage({ query: { autostart: '1', preset: 'micro' } });
    const { page, errors } = opened;
    await page.getByTestId('answer-row').first().waitFor();
    expect(await page.getByTestId('lab').count()).toBe(0);
    await page.getByTestId('level-lab').click();
    await page.getByTestId('lab').waitFor();
    await page.waitForFunction(() => location.search.includes('level=lab'));
    expect(await page.evaluate(() => localStorage.getItem('longview.level'))).toBe('lab');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=group-line]').length > 3);
    await page.goBack();
    await page.getByTestId('answer-row').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('shows in its curves, tables and counts the numbers of the records', async () => {
    const { page, errors } = await openLab();
    const all = await records(page);
    const last = all[all.length - 1];
    expect(await chartValue(page, 'critic/rewards/mean')).toBe(fixed(last.metrics['critic/rewards/mean'], 2));
    expect(await chartValue(page, 'actor/pg_clipfrac_high')).toBe(
      percent(last.metrics['actor/pg_clipfrac_high']),
    );
    expect(await chartValue(page, 'group/zero_std_frac')).toBe(percent(last.metrics['group/zero_std_frac']));
    // The table on request has every step.
    const chart = page.locator('[data-testid="chart-actor/entropy"]');
    await chart.getByRole('button', { name: /^Table/ }).click();
    const cells = await chart.locator('tbody td').allTextContents();
    expect(cells).toEqual(
      all.flatMap(({ step, metrics }) => [String(step), fixed(metrics['actor/entropy'], 2)]),
    );
    expect(await chart.locator('figcaption').textContent()).toMatch(/^entropy (rose|fell|stayed)/);
    const dropped = last.groups.filter(({ kept }) => !kept).length;
    expect(await page.getByTestId('step-counts').textContent()).toBe(
      `${last.groups.length - dropped} kept · ${dropped} dropped`,
    );
    expect(errors).toEqual([]);
  });

  it('counts behaviours and all other metrics under “more”, by prefix, and finds them by expression', async () => {
    const { page } = await openLab();
    const [{ metrics }] = await records(page);
    const more = page.getByTestId('more-metrics');
    await more.locator('summary').first().click();
    await more.getByText(/^behavior \(2\)/).click();
    await page.locator('[data-testid="chart-behavior/ground"] canvas').waitFor();
    await page.getByTestId('metric-filter').fill('^actor/');
    const names = Object.keys(metrics).filter((name) => name.startsWith('actor/'));
    await page.waitForFunction(
      (count) => document.querySelectorAll('[data-testid=overview] figure').length === count,
      names.length,
    );
    await page.waitForFunction(() => location.hash.includes('filter=%5Eactor%2F'));
    await page.getByTestId('metric-filter').fill('(');
    await page.getByRole('alert').getByText('no regular expression').waitFor();
    await page.getByTestId('metric-filter').fill('');
    await page.locator('[data-testid="chart-actor/ppo_kl"]').getByRole('button', { name: /^Pin/ }).click();
    await page.waitForFunction(() => location.hash.includes('pins=actor%2Fppo_kl'));
    await page
      .locator('[data-testid="chart-actor/ppo_kl"]')
      .getByRole('button', { name: /^Unpin/ })
      .click();
  });

  it('goes from a point of a curve to that step’s groups, and back to the newest', async () => {
    const { page } = await openLab();
    const box = await page.locator('[data-testid="chart-critic/rewards/mean"] .u-over').boundingBox();
    if (!box) throw new Error('no plot');
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await page.locator('#step-title', { hasText: /^step 1$/ }).waitFor();
    await page.waitForFunction(() => location.hash.includes('step=1'));
    const [first] = await records(page);
    await page.waitForFunction(
      (count) =>
        document.querySelectorAll('[data-testid=step-groups] [data-testid=group-line]').length === count,
      first.groups.length,
    );
    await page.getByTestId('newest').click();
    await page.waitForFunction(() => !location.hash.includes('step='));
    // The same by key: arrows read values, Enter goes there.
    await page.locator('[data-testid="chart-critic/rewards/mean"] [role=group]').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    const all = await records(page);
    await page.locator('#step-title', { hasText: `step ${all.length - 1}` }).waitFor();
  });

  it('lists every group of a past step with the folder’s numbers, sorted, found, with what was dropped', async () => {
    const { page } = await openLab();
    await show(page, 'rollouts');
    await page.getByTestId('step-field').fill('1');
    await page.keyboard.press('Enter');
    const [first] = await records(page);
    await page.waitForFunction(
      (count) => document.querySelector('[data-testid=matches]')?.textContent === String(count),
      first.groups.length,
    );
    const dropped = first.groups.filter(({ kept }) => !kept);
    await page.getByTestId('sort').selectOption('reward');
    const best = Math.max(...first.groups.map(({ mean }) => mean));
    expect(await page.getByTestId('group-line').first().textContent()).toContain(`mean ${fixed(best)}`);
    await page.getByTestId('tab-dropped').click();
    expect(await page.getByTestId('dropped-line').count()).toBe(dropped.length);
    await page.getByTestId('tab-scatter').click();
    expect(await page.locator('[data-testid=scatter] circle').count()).toBe(first.groups.length * 8);
    await page.getByTestId('tab-answers').click();
    await page.getByTestId('sort').selectOption('length');
    const longest = first.groups.flatMap(({ answers }) => answers).sort((a, b) => b.length - a.length)[0];
    expect(await page.getByTestId('answer-line').first().textContent()).toContain(String(longest.length));
    // Only the lines in view exist.
    expect(await page.getByTestId('answer-line').count()).toBeLessThan(first.groups.length * 8);
    await page.getByTestId('rollout-search').fill('no such words at all');
    await page.locator('[data-testid=matches]', { hasText: /^0 of/ }).waitFor();
  });

  it('shows in the inspector all numbers of an answer of the newest step, and of one only the folder has', async () => {
    const { page } = await openLab();
    await show(page, 'rollouts');
    const all = await records(page);
    const group = all[all.length - 1].groups.find(({ kept }) => kept);
    if (!group) throw new Error('nothing kept');
    const row = page
      .getByTestId('group-line')
      .filter({ hasText: group.question.slice(0, 40) })
      .first();
    await row.click();
    await page.getByTestId('answer-line').nth(1).click();
    const inspector = page.locator('section[data-testid=inspector]');
    const answer = group.answers[1];
    await inspector.getByText(`step ${all.length} · group ${group.uid.split('-')[2]} · answer 2`).waitFor();
    expect(await inspector.getByTestId('reward-breakdown').textContent()).toContain(
      `= ${signed(answer.advantage)}`,
    );
    expect(await inspector.getByTestId('token-slot').textContent()).toContain(fixed(answer.entropy));
    expect(await inspector.getByTestId('token-slot').textContent()).toContain('min(');
    // The first dropped group is no longer in the window.
    const early = all.find(({ groups }) => groups.some(({ kept }) => !kept));
    const past = early?.groups.find(({ kept }) => !kept);
    if (!early || !past) throw new Error('nothing dropped');
    await page.getByTestId('step-field').fill(String(early.step));
    await page.keyboard.press('Enter');
    await page.getByTestId('rollout-search').fill(past.question);
    await page.getByTestId('group-line').first().click();
    const facts = page.getByTestId('past-answer');
    await facts.waitFor();
    expect(await facts.textContent()).toContain(fixed(past.answers[0].reward));
    expect(await facts.textContent()).toContain(signed(past.answers[0].advantage));
    await page.keyboard.press('Escape');
    await inspector.waitFor({ state: 'detached' });
    await page.getByTestId('open-inspector').click();
    await inspector.waitFor();
  });

  it('has the terms of the objective of the shown step, which follow the bounds', async () => {
    const { page } = await openLab();
    await show(page, 'objective');
    const all = await records(page);
    const { metrics } = all[all.length - 1];
    const terms = (await page.getByTestId('terms').textContent()) ?? '';
    for (const name of ['actor/pg_loss', 'actor/loss']) expect(terms).toContain(fixed(metrics[name], 4));
    const cells = await page.locator('[data-testid=updates] tbody tr').allTextContents();
    expect(cells.length).toBeGreaterThan(2);
    expect(cells[cells.length - 1]).toContain(percent(metrics['actor/pg_clipfrac_high']));
    await page.getByTestId('clip-high').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(
      ([at, before]) =>
        document.querySelectorAll('[data-testid=updates] tbody tr')[Number(at)]?.textContent !== before,
      [cells.length - 2, cells[cells.length - 2]] as const,
    );
    await page.getByTestId('clip-high-number').fill('0.28');
    await page.keyboard.press('Enter');
  });

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
    opened = await openRested({ query: { ...query, autostart: '1', curriculum: '192x3,320x400,448x200' } });
    const { page, errors } = opened;
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

  it('hands out what a person exports', async () => {
    const { page } = await openLab();
    await show(page, 'export');
    const waiting = page.waitForEvent('download');
    await page.getByTestId('export-zip').click();
    expect((await waiting).suggestedFilename()).toMatch(/^run-.*\.zip$/);
    // The fake’s folder has no checkpoint: the reason is said.
    await page.getByTestId('export-onnx').click();
    await page.getByText('export.no_checkpoint').waitFor();
    await page.getByTestId('export-csv').waitFor();
  });

  it('has a run doctor that applies what it proposes', async () => {
    opened = await openRested({ query: { ...query, autostart: '1', mini_batch_size: '16' } });
    const { page } = opened;
    const note = page.locator('[data-testid=doctor-note][data-rule=clip_inactive]');
    await note.waitFor();
    await note.getByTestId('doctor-apply').click();
    await note.waitFor({ state: 'detached' });
    await page.waitForFunction(() => window.fake.calls.length > 0);
    expect(await page.evaluate(() => window.fake.calls.at(-1))).toEqual({
      name: 'change',
      argument: { mini_batch_size: 4 },
    });
  });
});

describe('links', () => {
  it('bring the view, step, group, answer and token back, once the run is there', async () => {
    opened = await openFakePage({
      query: { ...query, autostart: '1', seed: '5' },
      hash: 'view=rollouts&step=2&group=0&sample=3&tok=4&color=ratio&smooth=0.2',
      viewport,
    });
    const { page, errors } = opened;
    const path = page.getByTestId('inspector-path');
    await path.getByText('step 2 · group 0 · answer 3 · token 5').waitFor();
    await page.locator('[data-testid=view-rollouts][aria-current=page]').waitFor();
    await page.getByRole('button', { name: /^ratio/, pressed: true }).waitFor();
    await page.waitForFunction(
      () => location.hash.includes('sample=3') && location.hash.includes('smooth=0.2'),
    );
    expect(errors).toEqual([]);
  });

  it('notice what they do not know, hide what they name, and walk back and forth', async () => {
    opened = await openFakePage({
      query: { ...query, hide: 'export,reset' },
      hash: 'veiw=data',
      viewport,
    });
    const { page } = opened;
    await page.getByText('link.unknown').waitFor();
    expect(await page.getByTestId('view-export').count()).toBe(0);
    expect(await page.getByTestId('reset-button').isVisible()).toBe(false);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('[data-testid=view-eval][aria-current=page]').waitFor();
    await show(page, 'data');
    await page.goBack();
    await page.locator('[data-testid=view-eval][aria-current=page]').waitFor();
    await page.goForward();
    await page.locator('[data-testid=view-data][aria-current=page]').waitFor();
  });

  it('are shared with the word that the document is not in them', async () => {
    const { page } = await openLab();
    await page.keyboard.press('s');
    const panel = page.getByTestId('share-panel');
    await panel.getByText('The document’s text is not in it').waitFor();
    await page.waitForFunction(
      () => (document.querySelector('[data-testid=share-link]') as HTMLInputElement | null)?.value !== '',
    );
    const link = await page.getByTestId('share-link').inputValue();
    expect(link).toContain('preset=micro');
    expect(link).toContain('seed=1');
    expect(link).toContain('level=lab');
    expect(link.length).toBeLessThan(400);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });
});

type Rules = { runOnly?: string[]; rules?: Record<string, { enabled: boolean }> };

interface AxeWindow {
  axe: {
    run(
      options: Rules,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
  };
}

/** Colours do not depend on the width, nor anything else on the colours; their rule takes most of the time. */
const everything: Rules = {};
const colours: Rules = { runOnly: ['color-contrast'] };
const allButColours: Rules = { rules: { 'color-contrast': { enabled: false } } };

describe('the Lab has no violation of accessibility rules', () => {
  it.each([
    ['light', 1440, everything],
    ['light', 900, allButColours],
    ['light', 390, allButColours],
    ['dark', 1440, colours],
    ['dark', 900, allButColours],
    ['dark', 390, allButColours],
  ] as const)('%s at %i pixels, in every view, and fits its width', async (colorScheme, width, rules) => {
    const { page } = await openLab();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(axe.source);
    const found: string[] = [];
    if (width === 390) {
      await page.getByTestId('open-inspector').click();
      found.push(...(await violations(page, 'inspector', rules)));
    }
    for (const view of labViews) {
      await show(page, view);
      if (view === 'eval') {
        await page.getByTestId('ask-suites').click();
        await page.getByTestId('heat-table').waitFor();
      }
      await page.waitForTimeout(80);
      found.push(...(await violations(page, view, rules)));
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) found.push(`${view} is ${over} px too wide`);
    }
    expect(found).toEqual([]);
  });
});

async function violations(page: Page, view: string, rules: Rules): Promise<string[]> {
  const found = await page.evaluate((options) => (window as unknown as AxeWindow).axe.run(options), rules);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${view} ${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

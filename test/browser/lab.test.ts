import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fixed, percent, signed } from '../../src/ui/format';
import { openFakePage } from '../support/fake-page';
import { chartValue, openLab, openOwn, openRested, query, records, show } from '../support/lab-page';

describe('the Lab', () => {
  it('opens by link and by the switch, keeps the choice, and Play’s run goes on in it', async () => {
    const { page, errors } = await openOwn(openFakePage({ query: { autostart: '1', preset: 'micro' } }));
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
    const cells = await chart.locator('tbody td:not(:nth-child(n + 3))').allTextContents();
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

  it('shows the settings as scripts of verl and TRL, with what is not transferable, and hands them out', async () => {
    const { page } = await openLab();
    await show(page, 'export');
    const script = page.getByTestId('launch-script');
    await script.getByText('actor_rollout_ref.actor.clip_ratio_high=0.28').waitFor();
    await page.getByTestId('launch-target').selectOption('trl');
    await script.getByText('epsilon_high=0.28,').waitFor();
    const lost = page.getByTestId('launch-lost');
    await lost.getByText('TRL draws no other prompts').waitFor();
    expect(await lost.textContent()).toContain('policy: "default" stays here');
    // The run has two stages: one script each, the second with its own longest prompt.
    await script.getByText('MAX_PROMPT_LENGTH = 192').waitFor();
    await page.getByTestId('launch-file').selectOption('stage-2.py');
    await script.getByText('MAX_PROMPT_LENGTH = 384').waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByTestId('launch-save').click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/-seed-1-trl\.zip$/);
    const archive = await readFile(await download.path());
    expect(archive.includes(Buffer.from((await script.textContent()) ?? '-'))).toBe(true);
    expect(archive.includes('stage-1.py')).toBe(true);
  });

  it('has a run doctor that tries what it proposes in a fork, and lets the run on screen be', async () => {
    const { page } = await openOwn(
      openRested({ query: { ...query, autostart: '1', mini_batch_size: '16' } }),
    );
    await page.evaluate(() => sessionStorage.setItem('fake.here', '1'));
    const note = page.locator('[data-testid=doctor-note][data-rule=clip_inactive]');
    await note.waitFor();
    await note.getByTestId('doctor-fork').click();
    const form = page.getByTestId('fork-form');
    await form.waitFor();
    expect(await form.getByTestId('fork-setting').inputValue()).toBe('mini_batch_size');
    expect(await form.getByTestId('fork-value').inputValue()).toBe('4');
    const before = await page.evaluate(() => window.fake.runId);
    expect(await page.evaluate(() => window.fake.calls.filter(({ name }) => name === 'change'))).toEqual([]);
    await form.getByTestId('fork-start').click();
    await page.waitForFunction((id) => window.fake.runId !== id, before);
  });
});

/** @file Runs that last, on the real page: reloads and kills, two tabs, fork, list, zip. */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { parseJsonLines } from '../../src/run/jsonl';
import { Recording } from '../../src/run/recording';
import { readText } from '../../src/run/store';
import { fixed } from '../../src/ui/format';
import { makeProfile, type Profile } from '../support/profile';
import { repeatable, storedRuns } from '../support/stored-runs';
import { stepOf, tinyRun, waitForStep } from '../support/tiny-run';

let profile: Profile | null = null;
afterEach(async () => {
  await profile?.remove();
  profile = null;
});

/** Ends the renderer with all its threads, as a fault would; the tab is closed then. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash', { timeout: 20_000 });
  // It may be answered by nobody: who would answer is gone.
  session.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}

/** The file that the page hands to the browser's download. */
async function handedOut(page: Page, press: () => Promise<void>): Promise<Buffer> {
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    const taken = window as unknown as { handedOut?: Blob };
    URL.createObjectURL = (blob: Blob) => {
      taken.handedOut = blob;
      return make(blob);
    };
  });
  await press();
  await page.waitForFunction(() => 'handedOut' in window);
  const text = await page.evaluate(async () => {
    const blob = (window as unknown as { handedOut: Blob }).handedOut;
    const reader = new FileReader();
    await new Promise((resolve) => {
      reader.onload = resolve;
      reader.readAsDataURL(blob);
    });
    return String(reader.result);
  });
  return Buffer.from(text.slice(text.indexOf(',') + 1), 'base64');
}

// LONGVIEW_ENDS=20 asks for more.
const endings = Number(process.env.LONGVIEW_ENDS ?? 4);

describe('runs that last', () => {
  it('reloaded, crashed and killed at random moments, the run goes on: at most a step again, no file harmed', {
    timeout: 60_000 + endings * 40_000,
  }, async () => {
    profile = makeProfile();
    const query = { ...tinyRun, autostart: '1' };
    let page = await profile.open(query);
    const kinds = ['reload', 'crash', 'kill', 'reload'] as const;
    const ends = Array.from({ length: endings }, (_, i) => kinds[i % kinds.length]);
    const seen: number[] = [];
    const started = performance.now();
    for (const end of ends) {
      await waitForStep(page, (seen.at(-1) ?? 0) + 1);
      await page.waitForTimeout(Math.random() * 1500);
      seen.push(await stepOf(page));
      if (end === 'reload') {
        await page.reload();
        continue;
      }
      if (end === 'crash') await crash(page);
      else await profile.kill();
      page = await profile.open(query);
    }
    await waitForStep(page, (seen.at(-1) ?? 0) + 1);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const last = await stepOf(page);
    const runs = await storedRuns(page);
    expect([...runs.keys()], 'one run, however often it was ended').toHaveLength(1);
    const [folder] = runs.values();
    const text = await readText(folder.store, 'metrics.jsonl');
    const rows = parseJsonLines(text);
    expect(text.trimEnd().split('\n'), 'no half line').toHaveLength(rows.length);
    const steps = rows.map(({ step }) => Number(step));
    steps.forEach((step, i) => {
      // The same step twice: it had ended before its checkpoint. Never further back, never a hole.
      expect([0, 1], `line ${i}: ${steps}`).toContain(step - (steps[i - 1] ?? 0));
    });
    expect(steps.at(-1)).toBe(last);
    expect(
      rows.some((row) => Number(row['actor/grad_norm']) > 0),
      'weights moved, so going on with other ones would show',
    ).toBe(true);
    const again = steps.length - new Set(steps).size;
    console.log(
      `${ends.length} ends in ${((performance.now() - started) / 1000).toFixed(0)} s on the software adapter: ` +
        `steps ${seen.join(', ')} seen at each, ${last} at the end, ${again} done again`,
    );
    const twice = rows.filter(({ step }, i) => step === steps[i - 1]);
    for (const row of twice)
      expect(repeatable(row), 'a step done again gives the same').toEqual(
        repeatable(rows[steps.indexOf(Number(row.step))]),
      );
    for (let step = 1; step <= last; step++)
      expect(await folder.readRollouts(step), `answers of step ${step}`).toHaveLength(8);
    expect((await folder.newestCheckpoint())?.trainerState.global_step).toBe(last);
    const recording = await Recording.open('run', folder.store, null);
    for (let step = 1; step <= last; step++)
      expect(
        (await recording.view(step))?.groups.flatMap(({ answers }) => answers),
        `tokens of step ${step}`,
      ).toHaveLength(8);

    // The same settings and seed, uninterrupted.
    await page.getByTestId('reset-button').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
    await page.getByTestId('start-here').click();
    const compared = Math.min(last, 20);
    await waitForStep(page, compared);
    const [, whole] = (await storedRuns(page)).values();
    const expected = (await whole.readMetrics()).slice(0, compared).map(repeatable);
    expect((await folder.readMetrics()).slice(0, compared).map(repeatable)).toEqual(expected);
  });

  it('a second tab leaves a run in training alone; list, rename, notes, fork, zip, import and delete work', async () => {
    profile = makeProfile();
    const page = await profile.open({ ...tinyRun, autostart: '1' });
    await waitForStep(page, 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });

    const second = await profile.open({ ...tinyRun, autostart: '0' });
    await second.getByTestId('start-here').waitFor({ timeout: 90_000 });
    expect(await stepOf(second), 'a run of its own').toBe(0);
    await second.getByTestId('runs-button').click();
    await second.getByTestId('run-row').first().waitFor();
    expect(await second.getByTestId('run-row').first().textContent()).toContain('open in another tab');
    expect(await second.getByTestId('run-resume').first().isDisabled()).toBe(true);
    expect(await second.getByTestId('run-remove').first().isDisabled()).toBe(true);
    await second.close();

    await page.bringToFront();
    await page.keyboard.press('f');
    await page.getByTestId('fork-setting').selectOption('clip_ratio_high');
    await page.getByTestId('fork-value').fill('7');
    await page.getByTestId('fork-start').click();
    await page.getByTestId('fork-form').getByText('outside its range').waitFor();
    await page.getByTestId('fork-value').fill('0.41');
    const steps = await page.getByTestId('fork-step').locator('option').allTextContents();
    const from = Number(steps.at(-1));
    await page.getByTestId('fork-step').selectOption(String(from));
    await page.getByTestId('fork-start').click();
    await page.getByTestId('resume-offer').waitFor({ timeout: 60_000 });
    await page.screenshot({ path: 'test/browser/screenshots/resume-offer.png' });
    expect(await stepOf(page), 'the fork stands at its step').toBe(from);
    expect(await page.getByTestId('clip-high-number').inputValue()).toBe('0.41');
    await page.getByTestId('step-button').click();
    await waitForStep(page, from + 1);

    await page.getByTestId('runs-button').click();
    const rows = page.getByTestId('run-row');
    await rows.nth(1).waitFor();
    const old = rows.nth(1);
    await old.getByTestId('run-rename').click();
    await page.getByTestId('run-name').fill('the first');
    await page.keyboard.press('Enter');
    await page.getByText('the first').first().waitFor();
    await old.getByTestId('run-notes').click();
    const note = page.getByTestId('run-notes-text');
    await note.fill('x'.repeat(70_000));
    await page.locator('[data-testid=notes-problem][data-code="notes.long"]').waitFor();
    // Closed before the pause in which it saves by itself.
    await note.fill('- rises <b>sooner</b>\nthan the one before');
    await old.getByTestId('run-notes').click();
    await old.getByTestId('run-note').getByText('rises <b>sooner</b>').waitFor();
    await old.getByTestId('run-notes').click();
    expect(await note.inputValue()).toBe('- rises <b>sooner</b>\nthan the one before');
    await note.press('Control+End');
    await note.press('!');
    await page.getByTestId('notes-state').getByText('Saved').waitFor();
    await page.screenshot({ path: 'test/browser/screenshots/run-notes.png' });
    await old.getByTestId('run-notes').click();
    const buffer = await handedOut(page, () => old.getByTestId('run-download').click());
    await page
      .getByTestId('import-zip')
      .setInputFiles({ name: 'x.zip', mimeType: 'application/zip', buffer });
    await page.getByTestId('runs-done').getByText('is in').waitFor();
    expect(await rows.count()).toBe(3);
    await page
      .getByTestId('import-zip')
      .setInputFiles({ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('PK no') });
    await page.getByTestId('runs-problem').waitFor();
    expect(await page.getByTestId('runs-problem').getAttribute('data-code')).toBe('import.zip');
    expect(await rows.count()).toBe(3);
    const runs = [...(await storedRuns(page)).values()];
    const names = await Promise.all(
      runs.map(async ({ store }) => JSON.parse(await readText(store, 'config.json')).name),
    );
    expect(names.filter((name) => name === 'the first')).toHaveLength(2);
    for (const [i, { store }] of runs.entries())
      if (names[i] === 'the first')
        expect(await readText(store, 'notes.md'), 'kept, and in the zip').toBe(
          '- rises <b>sooner</b>\nthan the one before!',
        );
      else expect(await store.exists('notes.md'), 'a fork has notes of its own').toBe(false);
    const fork = runs.find((_, i) => names[i] !== 'the first');
    expect((await fork?.readConfig())?.clip_ratio_high).toBe(0.41);
    expect((await fork?.readMetrics())?.map(({ step }) => step)).toEqual(
      Array.from({ length: from + 1 }, (_, i) => i + 1),
    );

    const copy = rows.filter({ hasText: 'the first' }).first();
    await copy.getByTestId('run-remove').click();
    await page.getByTestId('run-remove-yes').click();
    await page.getByTestId('runs-done').getByText('is deleted').waitFor();
    expect(await rows.count()).toBe(2);
  });

  it('answers of steps before a reload are read from the folder when they are looked at', async () => {
    profile = makeProfile();
    let page = await profile.open({ ...tinyRun, autostart: '1' });
    await waitForStep(page, 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const last = await stepOf(page);
    await page.close();
    page = await profile.open({ ...tinyRun, level: 'lab', autostart: '0' });
    await page.waitForFunction(
      (step) => document.querySelector('[data-testid=step-count]')?.textContent?.includes(String(step)),
      last,
      { timeout: 60_000 },
    );
    const [folder] = (await storedRuns(page)).values();
    await page.getByTestId('view-rollouts').click();
    for (const step of [last, 1]) {
      await page.getByTestId('step-field').fill(String(step));
      await page.keyboard.press('Enter');
      const rows = await folder.readRollouts(step);
      const uids = new Set(rows.map(({ uid }) => uid));
      await page.waitForFunction(
        (count) => document.querySelectorAll('[data-testid=group-line]').length === count,
        uids.size,
      );
      await page.getByTestId('group-line').first().click();
      const texts = await page.getByTestId('answer-line').allTextContents();
      const [first] = rows;
      expect(texts).toHaveLength(rows.filter(({ uid }) => uid === first.uid).length);
      expect(await page.getByRole('region', { name: 'Inspector' }).textContent()).toContain(first.question);
      expect(await page.getByTestId('past-answer').textContent()).toContain(fixed(first.score));
      await page.getByTestId('group-line').first().click();
    }
  });

  it('a full disk pauses the run, says so, and costs no step once there is room', async () => {
    profile = makeProfile();
    const page = await profile.open({ ...tinyRun, autostart: '1' });
    await waitForStep(page, 1);
    const session = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    await page.locator('[data-code="store.full"]').waitFor({ timeout: 60_000 });
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const stopped = await stepOf(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await page.getByTestId('start-button').click();
    await waitForStep(page, stopped + 1);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const last = await stepOf(page);
    const [folder] = (await storedRuns(page)).values();
    expect((await folder.readMetrics()).map(({ step }) => step)).toEqual(
      Array.from({ length: last }, (_, i) => i + 1),
    );
    expect((await folder.newestCheckpoint())?.trainerState.global_step).toBe(last);
  });

  it('one that was trained here is played with its tokens, labelled, and nothing trains meanwhile', async () => {
    profile = makeProfile();
    const page = await profile.open({ ...tinyRun, autostart: '1' });
    await waitForStep(page, 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const last = await stepOf(page);
    const [before] = (await storedRuns(page)).values();
    const trained = await Recording.open('run', before.store, null);
    await page.getByTestId('runs-button').click();
    await page.getByTestId('run-replay').click();
    await page.getByTestId('replay-label').waitFor();
    await page.getByText(`End of the recording, step ${last}`).waitFor({ timeout: 60_000 });
    const question = await page.getByTestId('question').textContent();
    const groups = (await trained.view(last))?.groups ?? [];
    const group = groups.find(({ question: text }) => question?.includes(text));
    const answer = group?.answers[0];
    if (!answer) throw new Error('another question is shown');
    await page.locator('#answer-0').click();
    const slot = await page.getByTestId('token-slot').textContent();
    for (const value of [answer.sampledLogprobs[0], answer.newLogprobs?.[0]])
      expect(slot).toContain(fixed(value, 3));
    const after = [...(await storedRuns(page)).values()];
    expect(after).toHaveLength(1);
    expect((await after[0].readMetrics()).map(({ step }) => step)).toEqual(trained.steps);
    await page.getByTestId('runs-button').click();
    await page.getByTestId('run-resume').click();
    await page.getByTestId('replay-label').waitFor({ state: 'detached' });
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
  });
});

/** @file A whole visit without a pointer, on the real page: train, pause, move a bound, fork, compare, export. */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { makeProfile, type Profile } from '../support/profile';
import { stepOf, tinyRun, waitForStep } from '../support/tiny-run';

let profile: Profile | null = null;
afterEach(async () => {
  await profile?.remove();
  profile = null;
});

const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, testId: string): Promise<void> {
  const passed: (string | undefined)[] = [];
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at === testId) return;
    passed.push(at);
  }
  throw new Error(`Tab never reaches ${testId}; it passes ${[...new Set(passed)].join(', ')}`);
}

describe('without a pointer', () => {
  it('a person trains, pauses, moves a bound, forks, compares and exports', async () => {
    profile = makeProfile();
    const page = await profile.open({ ...tinyRun, autostart: '0' });
    await page.getByTestId('start-here').waitFor({ timeout: 90_000 });
    await page.keyboard.press('Space');
    await waitForStep(page, 2);
    await page.keyboard.press('Space');
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });

    await tabTo(page, 'clip-high');
    const number = page.getByTestId('clip-high-number');
    const before = Number(await number.inputValue());
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => Number(await number.inputValue())).toBeGreaterThan(before);
    const bound = await number.inputValue();
    const rested = await stepOf(page);
    await page.keyboard.press('.');
    await waitForStep(page, rested + 1);
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });

    await page.keyboard.press('f');
    await page.getByTestId('fork-form').waitFor();
    await tabTo(page, 'fork-start');
    await page.keyboard.press('Enter');
    await page.getByTestId('resume-offer').waitFor({ timeout: 60_000 });
    expect(await number.inputValue(), 'the fork has the bound that was set').toBe(bound);
    const from = await stepOf(page);
    await page.keyboard.press('.');
    await waitForStep(page, from + 1);

    await page.keyboard.press('v');
    await page.getByTestId('compare-verdict').waitFor({ timeout: 30_000 });
    await page.keyboard.press('Escape');
    await page.getByTestId('compare-verdict').waitFor({ state: 'detached' });

    await tabTo(page, 'level-lab');
    await page.keyboard.press('Enter');
    await page.getByTestId('rail').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('x');
    await tabTo(page, 'export-csv');
    const waiting = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await waiting).suggestedFilename()).toMatch(/\.csv$/);
  });
});

/** @file Charts as figures a person reads by pointer and by key, and takes along as files. */
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenedPage } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function openTrained(): Promise<OpenedPage> {
  opened = await openTrainedPage();
  return opened;
}

describe('a chart of Play', () => {
  it('says what a place on it is, by pointer and by key, and leads to the answers of its step', async () => {
    const { page, errors } = await openTrained();
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
    const newest = Number((await page.getByTestId('step-count').textContent())?.replace(/\D/g, ''));
    await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
    await page.getByTestId('follow-button').waitFor();
    await page
      .getByTestId('group-panel')
      .getByText(new RegExp(`step ${newest} ·`))
      .waitFor();
    // The page no longer has the answers of its first step; the run folder does.
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await page.locator('#step-title', { hasText: /^step 1$/ }).waitFor();
    expect(errors).toEqual([]);
  });
});

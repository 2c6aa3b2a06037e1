/** @file What the pinned token was chosen from, on the fake engine: its table, and the same under dragged settings. */
import axe from 'axe-core';
import { afterEach, expect, it } from 'vitest';
import type { OpenedPage } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** The table as text, row by row. */
const rows = (page: OpenedPage['page']) =>
  page
    .getByTestId('next-token')
    .locator('tbody tr')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')));

const asked = (page: OpenedPage['page']) =>
  page.evaluate(() =>
    window.fake.calls
      .filter(({ name }) => name === 'nextToken')
      .map(({ argument }) => (argument as { token: number }).token),
  );

it('shows the candidates under the settings of the step, and under dragged ones before they are used', async () => {
  opened = await openTrainedPage(undefined, { query: { temperature: '0.7', top_p: '0.95' } });
  const { page, errors } = opened;
  const button = page.getByTestId('next-token-button');
  expect(await button.getAttribute('aria-expanded')).toBe('false');
  expect(await asked(page)).toEqual([]);
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('next-token').locator('table').waitFor();
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  // T .7 and top-p .95 on odds that halve: p ∝ 2^(−place / .7).
  const weights = Array.from({ length: 512 }, (_, place) => 2 ** (-place / 0.7));
  const whole = weights.reduce((sum, weight) => sum + weight);
  const kept = weights.slice(0, 4).reduce((sum, weight) => sum + weight);
  const shown = (share: number) => `${(share * 100).toFixed(1)} %`;
  const before = await rows(page);
  expect(before.map(([name]) => name)).toEqual([
    'the',
    '␣a',
    'written written',
    '</think> special',
    'bytes E2 82',
    expect.stringMatching(/^id \d+, no token$/),
    '⏎',
    '␣of',
    '504 others',
  ]);
  expect(before.slice(0, 4).map(([, softmax, drawn]) => [softmax, drawn])).toEqual(
    weights.slice(0, 4).map((weight) => [shown(weight / whole), shown(weight / kept)]),
  );
  expect(before[4][2]).toBe('cut');
  expect(before.at(-1)?.[2]).toBe('cut');
  expect(await page.getByTestId('next-token-facts').textContent()).toContain('4 of 512 tokens can be drawn');
  expect(await page.getByTestId('next-token-by').textContent()).toMatch(
    /By the policy as it is now, after step \d+: it has learned for one step since it wrote this answer/,
  );
  expect(await page.getByTestId('next-token-what-if').count()).toBe(0);

  await page.getByTestId('settings-button').click();
  const panel = page.getByTestId('settings-panel');
  const forecast = panel.locator('[data-setting=temperature]').getByTestId('next-token-forecast');
  expect(await forecast.textContent()).toMatch(
    /likeliest “the”, [\d.]+ %; .* 4 of 512 tokens can be drawn\.$/,
  );
  await panel.locator('[data-setting=temperature]').getByRole('slider').focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('PageUp');
  await page.getByTestId('next-token-what-if').waitFor();
  const temperature = Number(
    await panel.locator('[data-setting=temperature]').getByRole('slider').getAttribute('aria-valuenow'),
  );
  expect(temperature).toBeGreaterThan(0.7);
  const warm = weights.map((_, place) => 2 ** (-place / temperature));
  const warmWhole = warm.reduce((sum, weight) => sum + weight);
  let [keptWarm, share] = [0, 0];
  while (share < 0.95) share += warm[keptWarm++] / warmWhole;
  const after = await rows(page);
  expect(after.map((cells) => cells.slice(0, 3))).toEqual(before);
  expect(after[0][3]).toBe(shown(warm[0] / warmWhole / share));
  expect(await forecast.textContent()).toContain(`4 → ${keptWarm} of 512`);
  // Asked once: settings move nothing of the logits.
  expect(await asked(page)).toEqual([0]);

  await page.keyboard.press('Escape');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run(),
  );
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByTestId('token-list').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.fake.calls.filter(({ name }) => name === 'nextToken').length === 2);
  expect(await asked(page)).toEqual([0, 1]);
  await button.click();
  await page.getByTestId('next-token').waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
});

/** @file Settings and first minute of Play in Chromium, on the fake workers. */
import { afterEach, describe, expect, it } from 'vitest';
import { settings } from '../../src/run/config';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

type Page = OpenedPage['page'];

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(): Promise<OpenedPage> {
  opened = await openFakePage();
  return opened;
}

async function openTrained(prepare?: (page: Page) => Promise<void>): Promise<OpenedPage> {
  opened = await openTrainedPage(prepare);
  return opened;
}

const activeToken = async (page: Page) =>
  Number(await page.getByTestId('token-active').getAttribute('data-token'));

describe('the settings', () => {
  it('are all there, found by a word, and taken back by Ctrl+Z', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await expect.poll(() => page.locator('[data-setting]').count()).toBe(settings.length);
    await page.getByTestId('find-setting').fill('entropy bonus');
    await expect
      .poll(() =>
        page
          .locator('[data-setting]')
          .evaluateAll((all) => all.map((one) => one.getAttribute('data-setting'))),
      )
      .toEqual(['entropy_coeff']);
    await page.locator('[data-setting=entropy_coeff]').getByRole('textbox').fill('0.01');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fake.calls.length === 1);
    await page.keyboard.press('Escape');
    await page.getByTestId('document-text').focus();
    await page.keyboard.press('Control+z');
    await page.waitForFunction(() => window.fake.calls.length === 2);
    expect((await page.evaluate(() => window.fake.calls)).map(({ argument }) => argument)).toEqual([
      { entropy_coeff: 0.01 },
      { entropy_coeff: 0 },
    ]);
    // Change and undo are two marks on the charts.
    await expect
      .poll(() => page.getByTestId('reward-chart').locator('figcaption').textContent())
      .toMatch(/entropy_coeff 0 → 0\.01.*entropy_coeff 0\.01 → 0/);
  });

  it('that need a new run ask before the present one ends', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await page.getByTestId('find-setting').fill('max_response_length');
    await page.locator('[data-setting=max_response_length]').getByRole('textbox').fill('64');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alertdialog').textContent()).toContain('Longest answer 64 needs a new run');
    await page.getByText('It needs about 31.4 MB of GPU memory: weights 31.4 MB.').waitFor();
    await page.getByTestId('confirm').click();
    await page.waitForFunction(
      () => document.querySelector('[data-testid=step-count]')?.textContent === 'step 0',
    );
    await page.waitForFunction(() => location.search.includes('max_response_length=64'));
  });
});

describe('the first minute', () => {
  it('hints tick themselves off, one after the other, and end for good', async () => {
    const { page } = await openTrained();
    const hint = () => page.getByTestId('coach').getAttribute('data-hint');
    expect(await hint()).toBe('token');
    const box = await page.getByTestId('token-text').boundingBox();
    if (!box) throw new Error('no text');
    await page.mouse.move(box.x + 12, box.y + 10);
    await page.waitForFunction(
      () => document.querySelector('[data-testid=coach]')?.getAttribute('data-hint') === 'clip',
    );
    await page.getByTestId('clip-high').focus();
    await page.keyboard.press('ArrowRight');
    expect(await hint()).toBe('fork');
    await page.getByTestId('document-text').focus();
    await page.keyboard.press('f');
    await page.keyboard.press('Escape');
    await page.getByTestId('coach').waitFor({ state: 'detached' });
  });

  it('all keys stand behind ?, and single letters can be switched off', async () => {
    const { page } = await openTrained();
    await page.keyboard.press('?');
    await page.getByTestId('keys-dialog').getByText('next clipped token').waitFor();
    await page.getByTestId('letters').click();
    await page.keyboard.press('Escape');
    await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('3');
    expect(await page.getByRole('button', { name: /^ratio/, pressed: true }).count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    expect(await activeToken(page)).toBe(1);
  });

  it('a key is moved in the sheet of keys, refused where it is taken, and stays moved', async () => {
    const { page } = await openTrained();
    const said = page.getByTestId('key-said');
    const isColoured = (name: RegExp) => page.getByRole('button', { name, pressed: true }).count();
    await page.keyboard.press('?');
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('j');
    await expect.poll(() => said.textContent()).toMatch(/“j” is taken: next answer/);
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('Escape');
    await expect.poll(() => said.textContent()).toBe('Nothing was moved.');
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('q');
    await expect.poll(() => said.textContent()).toBe('“q” is now: colour by ratio.');
    await page.keyboard.press('Escape');
    await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('3');
    expect(await isColoured(/^ratio/)).toBe(0);
    await page.keyboard.press('q');
    await expect.poll(() => isColoured(/^ratio/)).toBe(1);
    expect(await page.getByRole('button', { name: /^ratio/ }).getAttribute('aria-keyshortcuts')).toBe('q');
    await page.reload();
    await page.getByTestId('start-here').waitFor();
    await page.keyboard.press('?');
    expect(await page.getByTestId('key-ratio').textContent()).toBe('q');
    await page.getByTestId('keys-reset').click();
    expect(await page.getByTestId('key-ratio').textContent()).toBe('3');
  });

  it('two marked answers stand side by side, with the token at which they part', async () => {
    const { page } = await openTrained();
    const marks = page.getByTestId('marked');
    const pair = page.getByTestId('marked-pair');
    await page.keyboard.press('m');
    await page.keyboard.press('j');
    await page.keyboard.press('m');
    await expect.poll(() => marks.allTextContents()).toEqual(['marked 1', 'marked 2']);
    const rewards = await page.getByTestId('flip-reward').allTextContents();
    await page.keyboard.press('v');
    await pair.waitFor();
    const row = (name: string) =>
      pair
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .getByRole('cell')
        .allTextContents();
    expect(await row('reward')).toEqual(rewards.slice(0, 2).map((text) => text.replace(/(\S)(\d)/, '$1 $2')));
    // Both begin alike, up to the mark.
    const [first, second] = (await row('answer')).map((text) => text.split('◆')[0]);
    expect(first).toBe(second);
    await page.keyboard.press('Escape');
    await pair.waitFor({ state: 'detached' });
    expect(await marks.count()).toBe(0);
    await page.keyboard.press('v');
    await page.getByTestId('compare-window').waitFor();
  });

  it('less and more of each answer by [ and ], kept for the next visit', async () => {
    const { page } = await openTrained();
    const height = () =>
      page
        .getByTestId('answer-row')
        .evaluateAll((rows) => rows.reduce((sum, row) => sum + row.clientHeight, 0));
    const normal = await height();
    await page.keyboard.press('[');
    await page.getByTestId('reward-breakdown').waitFor({ state: 'detached' });
    const less = await height();
    expect(less).toBeLessThan(normal);
    await page.keyboard.press(']');
    await page.keyboard.press(']');
    await expect.poll(height).toBeGreaterThanOrEqual(normal);
    expect(await page.locator('[data-detail]').getAttribute('data-detail')).toBe('2');
    await page.reload();
    await page.getByTestId('start-here').click();
    await page.getByTestId('answer-row').first().waitFor();
    expect(await page.locator('[data-detail]').getAttribute('data-detail')).toBe('2');
  });

  it('a run that began by itself rests after 200 steps, says so, and goes on when asked', async () => {
    const { page } = await open();
    await page.addInitScript(() => {
      window.fake.software = false;
      window.fake.stepMs = 1;
    });
    await page.goto(
      `${page.url().split('?')[0]}?group_size=2&train_batch_size=4&mini_batch_size=2&gen_batch_size=4`,
    );
    await page.getByRole('button', { name: 'Continue' }).waitFor({ timeout: 120_000 });
    expect(await page.getByTestId('state-line').textContent()).toContain(
      'Rested after 200 steps or 3 minutes.',
    );
    const step = Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));
    expect(step).toBeGreaterThanOrEqual(200);
    expect(step).toBeLessThan(210);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByTestId('pause-button').waitFor();
  });

  it('asks for nothing after the page is there', async () => {
    const { page } = await open();
    const failed: string[] = [];
    const later: string[] = [];
    page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
    await page.reload();
    await page.getByTestId('start-here').waitFor();
    // What opens over the page is fetched once the first screen stands.
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('NewRunQuestion')),
    );
    await page.waitForTimeout(1000);
    page.on('request', (request) => later.push(request.url()));
    await page.getByTestId('start-here').click();
    await page.getByTestId('update-select').waitFor();
    await page.getByTestId('settings-button').click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByTestId('keys-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('r');
    await page.getByTestId('confirm').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').waitFor();
    expect(later).toEqual([]);
    expect(failed).toEqual([]);
  });
});

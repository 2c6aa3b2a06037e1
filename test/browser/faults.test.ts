/** @file The real page with a fault put into it: what it says, what it offers, and that nothing is lost. */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page';
import { stepOf, tinyRun, waitForStep } from '../support/tiny-run';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(query: Record<string, string>): Promise<Page> {
  opened = await openPage({ query: { ...tinyRun, ...query } });
  return opened.page;
}

/** The page again, with each of its scripts as `change` gives it back; at least one has to be another then. */
async function withChangedScripts(
  page: Page,
  change: (script: string, name: string) => string,
): Promise<void> {
  let changes = 0;
  await page.route('**/assets/*.js', async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    const changed = change(script, new URL(route.request().url()).pathname);
    if (changed !== script) changes++;
    await route.fulfill({ response, body: changed });
  });
  await page.reload();
  await expect.poll(() => changes, { timeout: 30_000 }).toBeGreaterThan(0);
}

const panel = (page: Page, code: string) => page.locator(`[data-testid=error-panel][data-code="${code}"]`);

describe('a loss that becomes NaN', () => {
  it('stops, shows what the step was learning from, and goes on from the checkpoint with half the rate', async () => {
    const page = await open({ autostart: '0' });
    // Two updates a step: the second of the third.
    await withChangedScripts(page, (script) =>
      script.replace(
        /(["'`])The loss\1,\s*(\w+)/,
        '"The loss",(globalThis.losses=(globalThis.losses??0)+1)===6?NaN:$2',
      ),
    );
    await page.getByTestId('start-here').click({ timeout: 60_000 });
    const alert = panel(page, 'train.nonfinite');
    await alert.waitFor({ timeout: 120_000 });
    expect(await alert.textContent()).toContain('The loss became NaN at step 3, in update 2.');
    expect(await alert.textContent()).toContain('the run goes on from step 2.');
    expect(await stepOf(page)).toBe(2);
    await page.getByTestId('inspect-failed').click();
    const failed = page.getByTestId('failed-step');
    await failed.getByRole('heading', { name: 'Step 3: what it was learning from' }).waitFor();
    expect(await failed.getByTestId('failed-before').count()).toBe(2);
    // Two groups of four; the second was in the failing update, the first had its own behind it.
    expect(await failed.getByTestId('failed-answer').count()).toBe(8);
    const groups = failed.getByTestId('failed-group');
    expect(await groups.evaluateAll((all) => all.map((one) => one.getAttribute('data-failing')))).toEqual([
      'true',
      null,
    ]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Continue with half the learning rate' }).click();
    await waitForStep(page, 4);
    // Another worker, and the folder still knows.
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('step that failed');
    await page.keyboard.press('Enter');
    await failed.getByRole('heading', { name: 'Step 3: what it was learning from' }).waitFor();
    expect(await failed.getByTestId('failed-answer').count()).toBe(8);
  });
});

describe('memory that does not suffice', () => {
  it('is refused before anything is allocated, with settings that fit, and one of them trains', async () => {
    const large = { max_prompt_length: '768', group_size: '16', mini_batch_size: '2' };
    const page = await open({ ...large, 'memory.budget_mb': '64' });
    const alert = panel(page, 'config.memory');
    await alert.waitFor({ timeout: 60_000 });
    expect(await alert.textContent()).toContain('the budget is 64 MiB');
    const way = alert.locator('[data-testid=memory-way][data-key=max_prompt_length]');
    await way.click();
    await waitForStep(page, 1);
    expect(Number(new URL(page.url()).searchParams.get('max_prompt_length'))).toBe(704);
  });
});

describe('a kernel that computes wrong numbers', () => {
  it('keeps training off, says which, and offers what was found for a report', async () => {
    const page = await open({ autostart: '0' });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    // Every variant of the linear layer ends its chains with one multiplication fewer.
    await withChangedScripts(page, (script, name) =>
      name.includes('trainer.worker')
        ? `{
        const make = GPUDevice.prototype.createShaderModule;
        GPUDevice.prototype.createShaderModule = function (descriptor) {
          const code = descriptor.code.replaceAll('fma(vec4f(x.w), w[3], ', '(');
          return make.call(this, { ...descriptor, code });
        };
      }
      ${script}`
        : script,
    );
    const alert = panel(page, 'gpu.wrong_numbers');
    await alert.waitFor({ timeout: 120_000 });
    expect(await alert.textContent()).toContain('right numbers on this GPU');
    expect(await page.getByTestId('start-here').count()).toBe(0);
    await alert.getByRole('button', { name: 'Copy diagnostics' }).click();
    await alert.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(copied).toMatchObject({ code: 'gpu.wrong_numbers', adapter: { software: true } });
  });
});

describe('storage that the browser clears', () => {
  it('is told once, and the run goes on into a folder made anew', async () => {
    const page = await open({ autostart: '1' });
    await waitForStep(page, 2);
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      // A file that is being written is held for a moment.
      for (let tries = 0; tries < 50; tries++) {
        const gone = await root.removeEntry('runs', { recursive: true }).then(
          () => true,
          () => false,
        );
        if (gone) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('the folder of the runs could not be removed');
    });
    const notice = panel(page, 'store.evicted');
    await notice.waitFor({ timeout: 60_000 });
    expect(await notice.getAttribute('role')).toBe('status');
    expect(await notice.textContent()).toContain('are gone');
    const told = await stepOf(page);
    await waitForStep(page, told + 2);
    expect(await notice.count()).toBe(1);
    await page.keyboard.press(' ');
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const step = await stepOf(page);
    // What is stored from then on is a run that can be resumed.
    await page.goto(page.url().replace('autostart=1', 'autostart=0'));
    await page.getByTestId('resume-offer').waitFor({ timeout: 60_000 });
    expect(await stepOf(page)).toBe(step);
  });
});

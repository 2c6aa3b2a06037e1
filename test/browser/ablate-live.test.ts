/** @file An ablation grid trained by the real page beside its run. */
import { afterEach, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

it('trains every cell in the tab, stops where it is asked to, goes on, and leaves the run to go on', async () => {
  opened = await openPage({
    query: {
      preset: 'micro',
      window_tokens: '48',
      max_prompt_length: '128',
      max_response_length: '16',
      'overlong_buffer.len': '4',
      group_size: '4',
      train_batch_size: '2',
      gen_batch_size: '2',
      mini_batch_size: '1',
      'filter_groups.max_num_gen_batches': '1',
      level: 'lab',
      autostart: '0',
    },
    hash: 'view=ablate',
  });
  const { page, errors } = opened;
  const train = page.getByTestId('ablate-train');
  await train.waitFor({ timeout: 90_000 });
  await page.waitForFunction(
    () => !(document.querySelector('[data-testid=ablate-train]') as HTMLButtonElement | null)?.disabled,
    null,
    { timeout: 90_000 },
  );
  for (const [field, value] of [
    ['seeds', '1'],
    ['steps', '2'],
    ['questions', '1'],
  ]) {
    await page.getByTestId(`ablate-${field}`).fill(value);
    await page.keyboard.press('Enter');
  }
  await train.getByText('Train 2 cells').waitFor();
  await train.click();
  await page
    .getByTestId('ablate-progress')
    .getByText(/cell 1 of 2: GRPO/)
    .waitFor({ timeout: 60_000 });
  await page.getByTestId('ablate-stop').click();
  await page.getByTestId('ablate-counts').waitFor({ timeout: 90_000 });
  expect(await page.getByTestId('ablate-counts').textContent()).toMatch(/^[01] of 2 cells finished/);
  await train.click();
  await page
    .getByTestId('ablate-counts')
    .getByText(/^2 of 2 cells finished/)
    .waitFor({ timeout: 120_000 });
  const rows = await page.locator('[data-testid=ablate-table] tbody tr').allTextContents();
  expect(rows).toHaveLength(2);
  await page.getByTestId('ablate-figure').waitFor();
  // The run itself has made no step meanwhile, and makes its first one now.
  expect(await page.getByTestId('step-count').textContent()).toMatch(/\b0\b/);
  await page.getByTestId('step-button').click();
  await page.waitForFunction(
    () => document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '') === '1',
    null,
    { timeout: 90_000 },
  );
  expect(errors).toEqual([]);
});

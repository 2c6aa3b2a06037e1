/** @file The least work a step that trains at all, on the real page, and how far it is. */
import type { Page } from 'playwright-core';

/** Settings of a link. */
export const tinyRun = {
  preset: 'micro',
  seed: '5',
  window_tokens: '48',
  max_prompt_length: '128',
  // Long enough for answers to end by themselves: rewards vary, and weights move.
  max_response_length: '32',
  'overlong_buffer.len': '8',
  group_size: '4',
  train_batch_size: '2',
  gen_batch_size: '2',
  mini_batch_size: '1',
  'filter_groups.enable': 'false',
  'eval.every': '0',
};

export const stepOf = async (page: Page) =>
  Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));

export async function waitForStep(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    step,
    { timeout: 150_000 },
  );
}

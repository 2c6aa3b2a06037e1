/** @file The page on fake workers, at rest after a few steps: where most tests of its panels begin. */
import { openFakePage } from './fake-page';
import type { OpenedPage, OpenPageOptions } from './page';

/** `prepare` runs on the fresh page before training starts. */
export async function openTrainedPage(
  prepare?: (page: OpenedPage['page']) => Promise<void>,
  options?: OpenPageOptions,
): Promise<OpenedPage> {
  const result = await openFakePage(options);
  const { page } = result;
  await page.getByTestId('start-here').waitFor();
  await prepare?.(page);
  await page.getByTestId('start-here').click();
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 3,
  );
  await page.keyboard.press(' ');
  await page.getByTestId('start-button').waitFor();
  return result;
}

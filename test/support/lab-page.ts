import { afterAll, afterEach } from 'vitest';
import { openFakePage } from './fake-page';
import type { OpenedPage, OpenPageOptions } from './page';

type Page = OpenedPage['page'];

/** A page of one test alone. */
let own: OpenedPage | null = null;
/** One run that has made some steps, over a change of stage, and rests: it serves all tests that only look. */
let shared: OpenedPage | null = null;
afterEach(async () => {
  await own?.close();
  own = null;
});
afterAll(() => shared?.close());

export const query = { level: 'lab', preset: 'micro', curriculum: '192x3,384', 'pool.rule': 'weighted' };
export const viewport = { width: 1440, height: 900 };

/** A page of its own, at rest after six steps. */
export async function openRested(options: OpenPageOptions = {}): Promise<OpenedPage> {
  const result = await openFakePage({ query: { ...query, autostart: '1' }, viewport, ...options });
  const { page } = result;
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 6,
  );
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor();
  await page.getByTestId('lab').waitFor();
  return result;
}

/** What a test opens for itself, closed after it. */
export async function openOwn(opening: Promise<OpenedPage>): Promise<OpenedPage> {
  own = await opening;
  return own;
}

/** The shared page at its Overview, following the newest step. */
export async function openLab(): Promise<OpenedPage> {
  shared ??= await openRested();
  const { page } = shared;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(viewport);
  if (await page.getByTestId('open-inspector').count()) await page.getByTestId('open-inspector').click();
  await show(page, 'overview');
  if (await page.getByTestId('newest').count()) await page.getByTestId('newest').click();
  return shared;
}

/** Goes to a view. */
export async function show(page: Page, view: string): Promise<void> {
  await page.getByTestId(`view-${view}`).click();
  await page.locator(`[data-testid=view-${view}][aria-current=page]`).waitFor();
}

/** The value at the head of a chart. */
export function chartValue(page: Page, metric: string): Promise<string | null> {
  return page
    .locator(`[data-testid="chart-${metric}"] b, [data-testid="chart-${metric}"] .data`)
    .first()
    .textContent();
}

/** Every finished step as the fake engine sent it. */
export const records = (page: Page) =>
  page.evaluate(() =>
    window.fake.records.map(({ step, metrics, groups, pool }) => ({
      step,
      metrics,
      pool,
      groups: groups.map(({ uid, kept, dropReason, mean, std, question, answers }) => ({
        uid,
        kept,
        dropReason,
        mean,
        std,
        question,
        answers: answers.map(({ advantage, score, text, tokens, entropies }) => ({
          advantage,
          reward: score.total,
          text,
          length: tokens.length,
          entropy: entropies[0],
        })),
      })),
    })),
  );

/** @file The judge in a real run in the tab: asked, lost, replaced; on a device of its own and on the one that trains. */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { randomJudge } from '../support/judge';
import { serveJudgeFiles } from '../support/judge-route';
import { type OpenedPage, openPage } from '../support/page';
import { stepOf, waitForStep } from '../support/tiny-run';

const small = {
  preset: 'micro',
  window_tokens: '64',
  max_prompt_length: '160',
  max_response_length: '24',
  'overlong_buffer.len': '4',
  train_batch_size: '2',
  gen_batch_size: '2',
  mini_batch_size: '1',
  'filter_groups.enable': 'false',
  'eval.every': '0',
};

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** Verdicts asked for so far, as the dialog says. */
async function asked(page: Page): Promise<number> {
  const text = (await page.getByTestId('judge-counts').textContent()) ?? '';
  return Number(/asked ([\d\u202f]+)/.exec(text)?.[1].replaceAll('\u202f', ''));
}

/** Opens the page on a run with the embedded judge, keeping hold of its workers. */
async function openRun(query: Record<string, string>): Promise<Page> {
  opened = await openPage({
    query: { ...small, ...query, judge: 'embedded', autostart: '0' },
    before: () => {
      const made: Worker[] = [];
      const Real = window.Worker;
      Object.assign(window, { judgeWorkers: made });
      window.Worker = class extends Real {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          if (String(url).includes('judge')) made.push(this);
        }
      };
    },
  });
  const { page } = opened;
  const { store } = await randomJudge();
  await serveJudgeFiles(page, store);
  await page.reload();
  await page.getByTestId('start-here').click({ timeout: 120_000 });
  return page;
}

describe('a run with a judge', () => {
  it('asks it, loses its worker in the middle, gets another, and goes on', async () => {
    const page = await openRun({ judge_device: 'wasm' });
    await waitForStep(page, 1);
    await page.getByTestId('judge-button').click();
    await page.getByTestId('judge-counts').waitFor({ timeout: 60_000 });
    expect(await asked(page)).toBeGreaterThan(0);
    await page.evaluate(() => {
      for (const worker of (window as unknown as { judgeWorkers: Worker[] }).judgeWorkers) worker.terminate();
    });
    // A verdict may have been on its way when the worker died, so the count alone would not show the second one.
    await page.waitForFunction(
      () => (window as unknown as { judgeWorkers: Worker[] }).judgeWorkers.length === 2,
      undefined,
      { timeout: 150_000 },
    );
    const before = await asked(page);
    await page.waitForFunction(
      (from) => {
        const text = document.querySelector('[data-testid=judge-counts]')?.textContent ?? '';
        return Number(/asked ([\d\u202f]+)/.exec(text)?.[1].replaceAll('\u202f', '')) > from;
      },
      before,
      { timeout: 150_000 },
    );
    await waitForStep(page, (await stepOf(page)) + 1);
    expect(opened?.outside).toEqual([]);
  });

  it('may let it share the device that trains', async () => {
    const page = await openRun({ judge_device: 'shared' });
    await waitForStep(page, 2);
    await page.getByTestId('judge-button').click();
    await page.getByTestId('judge-counts').waitFor({ timeout: 60_000 });
    expect(await asked(page)).toBeGreaterThan(0);
    expect(await page.getByTestId('judge-state').textContent()).toBe(
      'embedded is ready, on the training device.',
    );
    expect(opened?.errors).toEqual([]);
  });
});

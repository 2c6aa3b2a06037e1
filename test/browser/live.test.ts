/** @file The real page with its real workers: trains in the tab on Chromium's software adapter. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { fixed } from '../../src/ui/format';
import { type OpenedPage, openPage } from '../support/page';
import { LEGAL_TEXT } from '../support/texts';

/** As little work a step as shows everything: two groups of eight short answers. */
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

const stepOf = async (page: Page) =>
  Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));

async function waitForStep(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    step,
    { timeout: 120_000 },
  );
}

/** What stands in the answer rows until the first scored one: how long all texts are together, each time they change. */
function watchGrowth(page: Page) {
  return page.evaluate(
    () =>
      new Promise<{ lengths: number[]; rows: number; verdicts: number }>((resolve) => {
        const seen = { lengths: [] as number[], rows: 0, verdicts: 0 };
        const observer = new MutationObserver(() => {
          const rows = [...document.querySelectorAll('[data-testid=growing-row]')];
          const length = rows.reduce((sum, row) => sum + (row.textContent?.length ?? 0), 0);
          if (rows.length > 0 && length !== seen.lengths.at(-1)) seen.lengths.push(length);
          seen.rows = Math.max(seen.rows, rows.length);
          seen.verdicts += rows.filter((row) => /[●○]/.test(row.textContent ?? '')).length;
          if (!document.querySelector('[data-testid=answer-row]')) return;
          observer.disconnect();
          resolve(seen);
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
}

describe('the live page', () => {
  it('loads, answers, trains and pauses', async () => {
    const loaded = performance.now();
    // Long enough to be looked at more than once while they are written.
    opened = await openPage({ query: { ...small, max_response_length: '64' } });
    const { page, errors, outside } = opened;
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
    const started = performance.now();
    const growth = watchGrowth(page);
    await page.getByTestId('start-here').click();
    await page.getByTestId('answer-row').nth(7).waitFor({ timeout: 60_000 });
    const answered = performance.now();
    await waitForStep(page, 2);
    const { lengths, rows, verdicts } = await growth;
    expect(rows, 'eight answers grow').toBe(8);
    expect(verdicts, 'and none looks judged').toBe(0);
    expect(lengths.length).toBeGreaterThan(1);
    expect(lengths.at(-1)).toBeGreaterThan(lengths[0]);
    console.log(
      `software adapter: ready ${((started - loaded) / 1000).toFixed(1)} s after load, ` +
        `first eight answers ${((answered - started) / 1000).toFixed(1)} s after Start, ` +
        `step 2 after ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    expect(await page.getByTestId('adapter-chip').textContent()).toContain('SOFTWARE');
    expect(await page.getByTestId('question').textContent()).not.toBe('');
    await page.getByTestId('evidence').first().waitFor();
    const rested = await stepOf(page);
    await page.waitForTimeout(1500);
    expect(await stepOf(page), 'paused means paused').toBe(rested);
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('a dropped text of 500 KB gives the questions, and training goes on with it', async () => {
    opened = await openPage({ query: { ...small, autostart: '1' } });
    const { page, errors } = opened;
    await waitForStep(page, 1);
    const text = LEGAL_TEXT.repeat(Math.ceil(500_000 / LEGAL_TEXT.length));
    await page.evaluate((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], 'terms.txt', { type: 'text/plain' }));
      document
        .querySelector('[data-testid=drop-target]')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    }, text);
    await page.getByTestId('document-panel').getByText('terms.txt').waitFor({ timeout: 60_000 });
    const before = await stepOf(page);
    await waitForStep(page, before + 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    expect(await page.getByTestId('question').textContent()).toContain('____');
    await page.getByTestId('evidence').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('changed clip bounds stay while training goes on with them', async () => {
    opened = await openPage({ query: { ...small, autostart: '1', lr: '0.003', lr_warmup_steps: '0' } });
    const { page, errors } = opened;
    await waitForStep(page, 1);
    for (const name of ['clip-low-number', 'clip-high-number']) {
      await page.getByTestId(name).fill('0');
      await page.keyboard.press('Enter');
    }
    const from = await stepOf(page);
    // The step in flight may have begun with the old bounds.
    await waitForStep(page, from + 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    expect(await page.getByTestId('clip-low-number').inputValue()).toBe('0');
    expect(await page.getByTestId('clip-plot').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('shows in the Lab what its run folder holds, asks suites, and exports the policy as ONNX', async () => {
    opened = await openPage({
      query: {
        ...small,
        'eval.every': '20',
        'eval.questions': '4',
        'checkpoint.every': '1',
        autostart: '1',
        level: 'lab',
      },
    });
    const { page, errors, outside } = opened;
    await waitForStep(page, 2);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    const shown = await page.locator('[data-testid="chart-critic/rewards/mean"] .data').first().textContent();
    await page.getByTestId('view-export').click();
    const exported = async (item: string) => {
      const coming = page.waitForEvent('download', { timeout: 60_000 });
      await page.getByTestId(`export-${item}`).click();
      const download = await coming;
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const csv = (await exported('csv')).bytes.toString().trim().split('\n');
    const column = csv[0].split(',').indexOf('critic/rewards/mean');
    // A line for each step, and one for the weights it began with.
    expect(csv).toHaveLength(2 + (await stepOf(page)));
    expect(shown).toBe(fixed(Number(csv[csv.length - 1].split(',')[column])));
    // The weights it began with were asked before they learned anything.
    await page.getByTestId('view-eval').click();
    await page.getByTestId('evaluation').getByRole('cell', { name: '0', exact: true }).first().waitFor();
    await page.getByTestId('view-export').click();
    const onnx = await exported('onnx');
    expect(onnx.name).toMatch(/-onnx\.zip$/);
    for (const name of ['model.onnx', 'model_fp16.onnx'])
      expect(onnx.bytes.includes(`onnx/${name}`), name).toBe(true);
    await page.getByTestId('view-system').click();
    await page.getByTestId('kernels').waitFor();
    expect(await page.getByTestId('kernels').locator('tbody tr').count()).toBe(8);
    await page.getByTestId('view-eval').click();
    await page.getByLabel('Questions a cell').selectOption('2');
    await page.getByTestId('ask-suites').click();
    await page.getByTestId('heat-table').waitFor({ timeout: 150_000 });
    // A text without known facts has one suite, cloze; every cell of it was asked of the live policy.
    expect(await page.getByTestId('heat-cell').count()).toBe(3 * 3);
    await page.getByTestId('heat-cell').last().click();
    expect(await page.getByTestId('cell-answers').locator('article').count()).toBe(2);
    await page.getByTestId('start-button').waitFor();
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('files that are no text are refused by name, and the run goes on', async () => {
    opened = await openPage({ query: { ...small, autostart: '1' } });
    const { page } = opened;
    await waitForStep(page, 1);
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(
        new File([new Uint8Array([0, 1, 2, 255, 254, 0, 0])], 'binary.txt', { type: 'text/plain' }),
      );
      document
        .querySelector('[data-testid=drop-target]')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    });
    const panel = page.getByTestId('error-panel');
    await panel.waitFor();
    expect(await panel.textContent()).toContain('document.binary');
    await waitForStep(page, (await stepOf(page)) + 1);
  });
});

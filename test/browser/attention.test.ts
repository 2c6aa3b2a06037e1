/** @file What the engine is asked about an answer: the attention layer on the fake engine, its sums and the next token's on the real one. */
import { afterEach, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

const asked = (page: OpenedPage['page']) =>
  page.evaluate(() =>
    window.fake.calls
      .filter(({ name }) => name === 'attention')
      .map(({ argument }) => {
        const { token, layer, answer } = argument as {
          token: number | null;
          layer: number | null;
          answer: Uint32Array;
        };
        return { token, layer, length: answer.length };
      }),
  );

it('asks the engine when it is switched on and for each new choice, and marks what it says', async () => {
  opened = await openTrainedPage();
  const { page, errors } = opened;
  const layer = page.getByTestId('layer-attention');
  expect(await layer.getAttribute('aria-pressed')).toBe('false');
  expect(await asked(page)).toEqual([]);
  await layer.click();
  const shares = page.getByTestId('attention-shares');
  await shares
    .getByText(/^75\.0.?% to the text, 15\.0.?% to the question, 10\.0.?% to the answer itself/)
    .waitFor();
  const peaks = page.locator('[data-testid=evidence][data-heat]');
  await peaks.first().waitFor();
  expect(await peaks.first().getAttribute('title')).toMatch(
    /% of the attention, \d+(\.\d)? times an even share/,
  );
  await page.getByTestId('attention-of').selectOption('token');
  await page.getByTestId('attention-layer').selectOption('0');
  await page.waitForFunction(() => window.fake.calls.filter(({ name }) => name === 'attention').length === 3);
  const calls = await asked(page);
  expect(calls.map((call) => [call.token, call.layer])).toEqual([
    [null, null],
    [0, null],
    [0, 0],
  ]);
  await layer.click();
  await page.getByTestId('attention-legend').waitFor({ state: 'detached' });
  expect(await page.locator('[data-heat]').count()).toBe(0);
  expect(errors).toEqual([]);
});

it('is computed by the real engine, paused and while it trains', async () => {
  opened = await openPage({
    query: {
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
      autostart: '1',
    },
  });
  const { page, errors } = opened;
  await page.getByTestId('answer-row').first().waitFor({ timeout: 120_000 });
  await page.getByTestId('layer-attention').click();
  const shares = page.getByTestId('attention-shares');
  await shares.getByText(/to the text/).waitFor({ timeout: 120_000 });
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
  await page.keyboard.press('j');
  await shares.getByText(/to the text/).waitFor({ timeout: 60_000 });
  const parts = [...((await shares.textContent()) ?? '').matchAll(/([\d.]+) ?%/g)].map(([, value]) =>
    Number(value),
  );
  expect(parts.slice(0, 3).reduce((sum, part) => sum + part, 0)).toBeCloseTo(100, 0);
  await page.locator('[data-heat]').first().waitFor();

  await page.getByTestId('next-token-button').click();
  const table = page.getByTestId('next-token').locator('table');
  await table.waitFor({ timeout: 60_000 });
  const cells = await table.locator('tbody tr td:nth-child(2)').allTextContents();
  const softmax = cells.map((text) => Number.parseFloat(text));
  expect(softmax.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0);
  expect(await page.getByTestId('next-token-by').textContent()).toMatch(
    /^By the policy as it is now, after step/,
  );
  expect(errors).toEqual([]);
});

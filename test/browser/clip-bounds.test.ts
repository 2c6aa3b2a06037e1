/** @file The clip bounds in Chromium, on the fake workers: drawn, dragged, predicted, refused. */
import { describe, expect, it } from 'vitest';
import { closedAfterEach } from '../support/opened';
import { openTrainedPage } from '../support/trained-page';

const openTrained = closedAfterEach(() => openTrainedPage());

describe('the clip bounds', () => {
  it('recolour the tokens of eight answers in under 50 ms', async () => {
    const { page } = await openTrained();
    await page.keyboard.press('6');
    await page.getByRole('button', { name: /^clipped/, pressed: true }).waitFor();
    await page.getByTestId('answer-row').nth(7).waitFor();
    const times = await page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>('[data-testid=clip-high]');
      if (!slider) throw new Error('no slider');
      const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
      const clipped = () => {
        const rows = [...document.querySelectorAll('[data-testid=answer-row] [data-clipped]')];
        const marks = ['clip-high', 'clip-low'].map((name) => CSS.highlights.get(name)?.size ?? 0);
        return [...rows.map((token) => token.getAttribute('data-clipped')), ...marks].join();
      };
      const took: number[] = [];
      for (const value of [0, 0.6, 0.02, 0.5, 0.01, 0.8]) {
        const before = clipped();
        const start = performance.now();
        setValue?.call(slider, String(value));
        slider.dispatchEvent(new Event('change', { bubbles: true }));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        // The next frame has the new colours painted.
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        took.push(performance.now() - start);
        if (clipped() === before) throw new Error(`nothing changed at ${value}`);
      }
      return took;
    });
    console.log('recoloured in ms:', times.map((time) => time.toFixed(1)).join(' '));
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(50);
  });

  it('are one value for slider, number and handle, reach training, and leave a mark', async () => {
    const { page } = await openTrained();
    await page.getByTestId('clip-high').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    expect(await page.getByTestId('clip-high-number').inputValue()).toBe('0.32');
    await page.waitForFunction(() => window.fake.calls.length > 0);
    const calls = await page.evaluate(() => window.fake.calls);
    expect(calls.at(-1)).toEqual({ name: 'change', argument: { clip_ratio_high: 0.32 } });
    await page.getByTestId('clip-low-number').fill('0.4');
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('clip-low').inputValue()).toBe('0.4');
    const box = await page.getByTestId('clip-plot').boundingBox();
    if (!box) throw new Error('no plot');
    // 1 + 0.32 on an axis from 0 to 2, between margins of 30 and 8 of 360.
    const x = (ratio: number) => box.x + ((30 + (ratio / 2) * 322) / 360) * box.width;
    await page.mouse.move(x(1.32), box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(x(1.6), box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    const high = await page.getByTestId('clip-high-number').inputValue();
    expect(Number(high)).toBeCloseTo(0.6, 1);
    await page.waitForFunction(() =>
      /changes/.test(document.querySelector('[data-testid=reward-chart] figcaption')?.textContent ?? ''),
    );
    await page.waitForFunction((value) => location.search.includes(`clip_ratio_high=${value}`), high);
  });

  it('predict on the stored tokens what was measured, while the bounds stay', async () => {
    const { page } = await openTrained();
    const cells = () => page.locator('[data-testid=clip-readout] tbody td').allTextContents();
    // The stored tokens are counted when the browser has time.
    await expect.poll(async () => (await cells())[1]).toMatch(/%/);
    const [measuredLow, predictedLow, measuredHigh, predictedHigh] = await cells();
    expect(predictedLow).toBe(measuredLow);
    expect(predictedHigh).toBe(measuredHigh);
    await page.getByTestId('clip-high').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(
      (before) => document.querySelector('[data-testid=predicted-high]')?.textContent !== before,
      predictedHigh,
    );
  });

  it('are covered when one update per batch makes them inert', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await page.getByTestId('settings-panel').getByRole('button', { name: '1', exact: true }).click();
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('clip-inactive').textContent()).toContain(
      'Clipping is inactive: 1 update per batch',
    );
    await page.getByTestId('clip-inactive').getByRole('button').click();
    await page.getByTestId('clip-inactive').waitFor({ state: 'detached' });
  });

  it('out of range are refused with the coded sentence', async () => {
    const { page } = await openTrained();
    await page.getByTestId('clip-high-number').fill('7');
    await page.keyboard.press('Enter');
    const panel = page.getByTestId('error-panel');
    await panel.waitFor();
    expect(await panel.getAttribute('data-code')).toBe('config.range');
    expect(await page.getByTestId('clip-high').inputValue()).toBe('0.28');
  });
});

/** @file The reader of the document in Chromium, on the fake workers. */
import { describe, expect, it } from 'vitest';
import { closedAfterEach } from '../support/opened';
import { openTrainedPage } from '../support/trained-page';

const openTrained = closedAfterEach(() => openTrainedPage());

describe('the reader', () => {
  it('searches four megabytes, scrolls them without a long task, and walks the marks', async () => {
    const { page, errors } = await openTrained();
    const size = await page.evaluate(() => {
      const lines = Array.from(
        { length: 42_000 },
        (_, i) =>
          `Line ${i}: the keeper Quentin counted ${i * 7} lamps in the harbour of Zelland that night of rain.`,
      );
      lines[30_000] += ' The marigold was voided.';
      const text = lines.join('\n');
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'lamps.txt', { type: 'text/plain' }));
      document
        .querySelector('[data-testid=drop-target]')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
      return text.length;
    });
    expect(size).toBeGreaterThan(3_500_000);
    await page.getByTestId('document-panel').getByText('lamps.txt').waitFor();
    await page.keyboard.press('/');
    await page.getByTestId('search-field').fill('MARIGOLD');
    await page.waitForFunction(
      () => document.querySelector('[data-testid=search-count]')?.textContent === '1 of 1',
    );
    await page.getByTestId('hit').getByText('marigold').waitFor();
    await page.getByTestId('search-field').press('Escape');
    const tasks = await page.evaluate(async () => {
      const text = document.querySelector('[data-testid=document-text]');
      const found: number[] = [];
      const observer = new PerformanceObserver((list) =>
        found.push(...list.getEntries().map((e) => e.duration)),
      );
      observer.observe({ type: 'longtask' });
      for (let i = 0; i < 40; i++) {
        text?.scrollBy(0, 900);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      observer.disconnect();
      return found;
    });
    console.log(
      `scrolling ${size} characters, 40 pages: tasks over 50 ms ${tasks.map((t) => t.toFixed(0)).join(' ') || 'none'}`,
    );
    expect(tasks.length).toBeLessThan(4);
    await page.keyboard.press('.');
    await page.getByTestId('evidence').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('marks what the answer copied, and switches its layers', async () => {
    const { page } = await openTrained();
    // An answer that copies the line of its evidence.
    await page.evaluate(async () => {
      const text = await (await fetch('documents/chronicle.md')).text();
      const line = text.slice(3000, 3200);
      const of = (step: number) => ({
        uid: `${step}-9-0`,
        step,
        questionId: 'q',
        documentId: 'chronicle',
        question: 'Who?',
        family: 'cloze',
        gold: ['Linport'],
        window: { start: 0, end: 8000 },
        evidence: [{ start: 2, end: 6 }],
        promptTokens: 9,
        mean: 0.5,
        std: 0.5,
        kept: true,
        dropReason: null,
        answers: [
          {
            text: line,
            tokenTexts: [line],
            tokens: new Uint32Array(1),
            sampledLogprobs: new Float32Array(1),
            oldLogprobs: null,
            newLogprobs: null,
            entropies: new Float32Array(1),
            update: 0,
            advantage: 0,
            score: {
              rule: 0,
              judge: { asked: false, reason: 'not_loaded' },
              base: 0,
              overlong: 0,
              total: 0,
              correct: false,
              parsed: null,
              reason: 'mismatch',
            },
            finish: 'stop',
          },
        ],
      });
      window.fake.emit({ type: 'groups', step: 900, groups: [of(900)] });
    });
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=answer-row]').length > 0);
    for (let i = 0; i < 60 && (await page.getByTestId('answer-row').count()) !== 1; i++)
      await page.keyboard.press('p');
    // The first stop is the evidence, the next one what was copied.
    await page.keyboard.press('h');
    await page.keyboard.press('h');
    await page.getByTestId('cited').first().waitFor();
    expect(await page.getByTestId('layer-cited').textContent()).toMatch(/copied: [1-9]\d* of \d+ words/);
    await page.keyboard.press('l');
    expect(await page.getByTestId('cited').count()).toBe(0);
    await page.keyboard.press('l');
    expect(await page.getByTestId('evidence').count()).toBe(0);
    await page.getByTestId('cited').first().waitFor();
  });
});

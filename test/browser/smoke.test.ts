import { afterEach, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page';

describe('the built page', () => {
  let opened: OpenedPage | null = null;
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });

  it('opens without an error and asks nobody but itself', async () => {
    opened = await openPage();
    const { page, errors, outside } = opened;
    await page.locator('#root > *').first().waitFor();
    // Workers start, and fail, a moment after the first paint.
    await page.waitForTimeout(1500);
    expect(await page.title()).toContain('Longview');
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('is isolated and reaches a WebGPU adapter', async () => {
    opened = await openPage();
    const facts = await opened.page.evaluate(async () => ({
      isolated: crossOriginIsolated,
      adapter: (await navigator.gpu?.requestAdapter()) !== null,
      policy: document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content'),
    }));
    expect(facts.isolated).toBe(true);
    expect(facts.adapter).toBe(true);
    expect(facts.policy).toMatch(/^default-src 'self';.*connect-src 'self';/);
  });

  it('cannot send anything to another origin', async () => {
    opened = await openPage();
    const answer = await opened.page.evaluate(() =>
      fetch('https://example.org/').then(
        () => 'sent',
        () => 'refused',
      ),
    );
    expect(answer).toBe('refused');
    expect(opened.errors.join('\n')).toMatch(/Content Security Policy/);
  });
});

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

  it('is text before any script runs, and the scripts go on from it', async () => {
    opened = await openPage();
    const { page, errors } = opened;
    const still = await page.context().newPage();
    await still.route(/\.js$/, (route) => route.abort());
    await still.goto(page.url());
    const asked = (await still.locator('.shell-ask').textContent())?.replace(/^Q /, '') ?? '';
    expect(asked.length).toBeGreaterThan(20);
    const text = still.locator('.shell-text');
    expect((await text.boundingBox())?.height).toBeGreaterThan(300);
    expect((await text.textContent())?.length).toBeGreaterThan(3000);
    const evidence = (await text.locator('mark').textContent()) ?? '';
    await still.close();
    // A software adapter opens with other settings and asks something else; without a GPU nothing does.
    const blind = await page.context().newPage();
    await blind.addInitScript(() => Object.defineProperty(navigator, 'gpu', { value: undefined }));
    await blind.addInitScript(() =>
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } }),
    );
    await blind.goto(new URL('/', page.url()).href);
    await blind.getByTestId('question').waitFor();
    expect(await blind.locator('#shell').count()).toBe(0);
    expect(await blind.getByTestId('question').textContent()).toBe(asked);
    expect(await blind.getByTestId('question-note').textContent()).toContain('default settings');
    await blind.getByTestId('evidence').first().waitFor();
    expect(await blind.getByTestId('evidence').first().textContent()).toBe(evidence);
    expect(errors.filter((line) => !line.includes('ERR_FAILED'))).toEqual([]);
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

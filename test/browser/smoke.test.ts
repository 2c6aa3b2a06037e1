import type { Page } from 'playwright-core';
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

  it('opens where the browser names its own language in a way that Intl refuses', async () => {
    opened = await openPage();
    const page = await opened.page.context().newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    // As headless Chromium on a machine with LC_ALL=C: en-US@posix.
    await page.addInitScript(() => {
      const format = Intl.NumberFormat;
      const refusing = new Proxy(format, {
        construct: (target, [locales, options]) => new target(locales ?? 'en-US@posix', options),
        apply: (target, _self, [locales, options]) => target(locales ?? 'en-US@posix', options),
      });
      Object.defineProperty(Intl, 'NumberFormat', { value: refusing });
    });
    await page.goto(opened.page.url());
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('clip-high').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('does not wait for the race of kernels: it comes when nobody needs the GPU', async () => {
    opened = await openPage({ query: { preset: 'micro', level: 'lab', autostart: '0' } });
    const { page, errors } = opened;
    await page.getByTestId('start-button').waitFor();
    await page.evaluate(() => {
      location.hash = 'view=system';
    });
    const facts = page.getByTestId('adapter-facts');
    await facts.getByText('tested and timed when training rests').waitFor();
    await facts.getByText('passed at this start: matrix products equal a float64 reference').waitFor();
    expect(errors).toEqual([]);
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

  it('has the theme, the density, the level and the parts that were chosen before any of its code is there', async () => {
    opened = await openPage({ query: { autostart: '0' } });
    const { page } = opened;
    const ground = (on: Page) => on.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByTestId('theme-button').waitFor();
    const light = await ground(page);
    // System → light → dark.
    await page.keyboard.press('t');
    await page.keyboard.press('t');
    const dark = await ground(page);
    expect(dark).not.toBe(light);
    await page.getByTestId('level-lab').click();
    const still = await page.context().newPage();
    await still.route(/assets\/.*\.js$/, (route) => route.abort());
    const shown = async (query: string) => {
      await still.goto(new URL(`/${query}`, page.url()).href);
      const isVisible = (part: string) => still.locator(`#shell .shell-${part}`).isVisible();
      return {
        ground: await ground(still),
        document: await isVisible('document'),
        learning: await isVisible('learning'),
        room: await still.locator('#shell main').evaluate((main) => getComputedStyle(main).paddingBlockEnd),
      };
    };
    expect(await shown(''), 'as chosen on this machine').toEqual({
      ground: dark,
      document: false,
      learning: true,
      room: '40px',
    });
    await still.screenshot({ path: 'test/browser/screenshots/shell-lab-dark.png' });
    const play = { ground: dark, document: true, learning: true };
    expect(await shown('?level=play')).toEqual({ ...play, room: '74px' });
    expect(await shown('?level=play&hide=coach,keys')).toEqual({ ...play, room: '8px' });
    expect(await shown('?level=play&embed=1')).toEqual({ ...play, room: '42px' });
    await still.screenshot({ path: 'test/browser/screenshots/shell-play-dark.png' });
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

/** @file The first screen, a document of one’s own and the keyboard in Chromium, on the fake workers. */
import { afterEach, describe, expect, it } from 'vitest';
import { fixed, percent } from '../../src/ui/format';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage, OpenPageOptions } from '../support/page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(options: OpenPageOptions = {}): Promise<OpenedPage> {
  opened = await openFakePage(options);
  return opened;
}

/** A page that has made a few steps and rests. */
async function openTrained(options: OpenPageOptions = {}): Promise<OpenedPage> {
  const result = await open({ ...options, query: { autostart: '1' } });
  const { page } = result;
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 3,
  );
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor();
  return result;
}

describe('the first screen', () => {
  it('waits behind a Start button on a software adapter, with the reason and the small preset', async () => {
    const { page, errors, outside } = await open();
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('wait-reason').textContent()).toMatch(/^Software GPU.*“micro”/);
    expect(await page.getByTestId('start-here').textContent()).toBe('Train slowly here');
    expect(await page.getByTestId('step-time').textContent()).toContain('not known yet');
    expect(await page.getByTestId('setup-button').textContent()).toBe('microseed 1');
    await page.getByTestId('setup-button').click();
    expect(await page.getByTestId('preset-select').inputValue()).toBe('micro');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('adapter-chip').textContent()).toContain('SOFTWARE');
    await page.getByTestId('start-here').click();
    await page.getByTestId('pause-button').waitFor();
    await page.getByTestId('answer-row').nth(7).waitFor();
    await page.getByTestId('evidence').first().waitFor();
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('says how long a step takes here once a run has trained here, and for these settings alone', async () => {
    const { page } = await openTrained();
    const measured = await page.evaluate(() => {
      const times = window.fake.records.slice(1).map(({ metrics }) => metrics['perf/time_per_step']);
      return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
    });
    await page.goto(page.url().replace('autostart=1', 'autostart=0'));
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('step-time').textContent()).toContain(
      `About ${fixed(measured, 1)} s a step, measured when it last trained here.`,
    );
    await page.goto(`${page.url()}&group_size=3`);
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('step-time').textContent()).toContain('not known yet');
  });

  it('starts by itself when the link says so, and shows curves, tokens and question', async () => {
    const { page, errors } = await openTrained();
    expect(await page.getByTestId('answer-row').count()).toBe(8);
    expect(Number(await page.getByTestId('token-text').getAttribute('data-tokens'))).toBeGreaterThan(5);
    expect(await page.getByTestId('question').textContent()).toMatch(/____/);
    expect(await page.locator('[data-testid=reward-chart] canvas').count()).toBe(1);
    expect(await page.getByTestId('reward-chart').locator('figcaption').textContent()).toMatch(/^reward /);
    expect(errors).toEqual([]);
  });

  it('fits its width at 1440, 900, 390 and 320 pixels', async () => {
    const { page } = await openTrained();
    for (const width of [1440, 900, 390, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(150);
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(over, `${width} px`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    // Two lines of buttons, and nothing of the curves and the clip plot below the screen.
    await page.waitForFunction(() => (document.querySelector('header')?.clientHeight ?? 999) < 90);
    const readout = await page.getByTestId('clip-readout').boundingBox();
    expect((readout?.y ?? 0) + (readout?.height ?? 0)).toBeLessThan(900);
  });

  it('tells unknown and clamped settings of the link, and takes the rest', async () => {
    const { page } = await open({ query: { clip_ratio_hgih: '0.3', clip_ratio_low: '0.33' } });
    const notice = page.getByTestId('error-panel');
    await notice.waitFor();
    expect(await notice.textContent()).toMatch(/clip_ratio_hgih.*clip_ratio_high/s);
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('clip-low-number').inputValue()).toBe('0.33');
  });
});

describe('below 720 px', () => {
  it('a button brings the keys, for which the bar below has no room; above it the bar has them', async () => {
    const { page } = await open();
    await page.getByTestId('start-here').waitFor();
    const [button, bar] = [page.getByTestId('keys-action'), page.getByTestId('keys-button')];
    expect([await button.isVisible(), await bar.isVisible()]).toEqual([false, true]);
    await page.setViewportSize({ width: 719, height: 844 });
    expect([await button.isVisible(), await bar.isVisible()]).toEqual([true, false]);
    const box = await button.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), 'a target of 24 px').toBeGreaterThanOrEqual(24);
    await button.click();
    await page.getByTestId('keys-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
      .toBe('keys-action');
  });
});

describe('a document of one’s own', () => {
  const drop = async (page: OpenedPage['page'], name: string, text: string, type = 'text/plain') => {
    await page.evaluate(
      ([file, content, type]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], file, { type }));
        document
          .querySelector('[data-testid=drop-target]')
          ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
      },
      [name, text, type],
    );
  };

  it('of 500 KB dropped anywhere is shown virtualised, with questions from it', async () => {
    const { page, errors } = await openTrained();
    const text = Array.from(
      { length: 6000 },
      (_, i) => `Line ${i}: the keeper Quentin counted ${i * 7} lamps in the harbour of Zelland at night.`,
    ).join('\n');
    expect(text.length).toBeGreaterThan(450_000);
    await drop(page, 'lamps.txt', text);
    await page.getByTestId('document-panel').getByText('lamps.txt').waitFor();
    expect(await page.getByTestId('document-panel').getAttribute('data-blocks')).toBe('6000');
    expect(await page.locator('[data-testid=document-text] [data-index]').count()).toBeLessThan(80);
    const before = Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));
    await page.keyboard.press('.');
    await page.waitForFunction(
      (n) => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) > n,
      before,
    );
    await page.getByTestId('evidence').first().waitFor();
    expect(await page.getByTestId('question').textContent()).toContain('lamps');
    expect(errors).toEqual([]);
  });

  it('that cannot be used is refused with its reason; the old one stays', async () => {
    const { page } = await openTrained();
    await drop(page, 'picture.png', 'x', 'image/png');
    await page.getByText('document.type').waitFor();
    await drop(page, 'binary.txt', 'a\0b');
    await page.getByText('document.binary').waitFor();
    await drop(page, 'short.txt', 'Too short.');
    await page.getByText('document.too_short').waitFor();
    await page
      .getByTestId('document-panel')
      .getByText('The Chronicle of Linport', { exact: true })
      .first()
      .waitFor();
  });
});

describe('the keyboard alone', () => {
  it('starts, pauses, steps, moves through answers, questions and tokens, and recolours', async () => {
    const { page } = await open();
    await page.getByTestId('start-here').waitFor();
    await page.keyboard.press('Space');
    await page.getByTestId('pause-button').waitFor();
    await page.getByTestId('answer-row').first().waitFor();
    await page.waitForFunction(() => document.querySelector('[data-testid=token-text]') !== null);
    await page.keyboard.press('Space');
    await page.getByTestId('start-button').waitFor();
    const selected = page.locator('[data-testid=answer-row][data-selected=true] [id^=answer-]');
    await page.keyboard.press('j');
    await expect.poll(() => selected.getAttribute('id')).toBe('answer-1');
    await page.keyboard.press('k');
    await expect.poll(() => selected.getAttribute('id')).toBe('answer-0');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByTestId('token-active').getAttribute('data-token')).toBe('1');
    const question = await page.getByTestId('question').textContent();
    const isFirst = /· 1 of /.test((await page.getByTestId('group-panel').textContent()) ?? '');
    await page.keyboard.press(isFirst ? 'n' : 'p');
    await expect.poll(() => page.getByTestId('question').textContent()).not.toBe(question);
    await page.keyboard.press('3');
    await page.getByRole('button', { name: /^ratio/, pressed: true }).waitFor();
    // The first tab stop is the transport.
    await page.evaluate(() => document.body.focus());
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'start-button',
    );
  });

  it('says the numbers of the step to who listens, when asked and not before', async () => {
    const { page } = await open();
    await page.getByTestId('start-here').waitFor();
    // The page's own stands behind those of its panels.
    const said = page.getByRole('status').last();
    await page.keyboard.press('i');
    await expect.poll(() => said.textContent()).toBe('No step yet.');
    await page.getByTestId('start-here').click();
    await page.waitForFunction(() => window.fake.records.length >= 3);
    // Steps go by without a word.
    expect(await said.textContent()).toBe('No step yet.');
    await page.keyboard.press(' ');
    await page.getByTestId('start-button').waitFor();
    await expect.poll(() => said.textContent()).toMatch(/^Paused at step \d+\.$/);
    await page.keyboard.press('i');
    const { step, metrics } = await page.evaluate(() => window.fake.records[window.fake.records.length - 1]);
    await expect
      .poll(() => said.textContent())
      .toBe(
        `Step ${step}: reward ${fixed(metrics['critic/rewards/mean'])}, entropy ${fixed(metrics['actor/entropy'])}, ` +
          `clipped low ${percent(metrics['actor/pg_clipfrac_low'])}, clipped high ${percent(metrics['actor/pg_clipfrac_high'])}, ` +
          `mean length ${fixed(metrics['response_length/mean'], 1)}.`,
      );
    // Asked again it is said again, which takes another text.
    await page.keyboard.press('i');
    await expect.poll(() => said.textContent()).toMatch(/\.\u00a0$/);
  });

  it('takes a step part by part, and the rest of it with the whole step’s key', async () => {
    const { page } = await openTrained();
    const line = page.getByTestId('state-line');
    const done = await page.getByTestId('step-count').textContent();
    await page.keyboard.press('Shift+.');
    await expect.poll(() => line.textContent()).toMatch(/^Inside step \d+, before scoring the answers/);
    expect(await page.getByTestId('step-count').textContent()).toBe(done);
    await page.keyboard.press('Shift+.');
    await expect.poll(() => line.textContent()).toMatch(/before updating the policy/);
    await page.keyboard.press('.');
    await expect.poll(() => line.textContent()).toMatch(/^Paused at step/);
    expect(await page.getByTestId('step-count').textContent()).not.toBe(done);
  });

  it('does by name what has a name: a view, a setting, an action', async () => {
    const { page } = await openTrained();
    const field = page.getByTestId('palette-field');
    const ask = async (words: string) => {
      await page.keyboard.press('Control+k');
      await field.fill(words);
      // The list of before stands until the page has read what was typed.
      const last = new RegExp(words.split(' ').at(-1) ?? '', 'i');
      await page.getByTestId('palette-option').first().filter({ hasText: last }).waitFor();
      await page.keyboard.press('Enter');
      await field.waitFor({ state: 'detached' });
    };
    await ask('set entropy bonus');
    expect(await page.getByTestId('find-setting').inputValue()).toBe('entropy_coeff');
    await page.keyboard.press('Escape');
    await ask('theme');
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
    const row = page.getByTestId('answer-row').nth(1);
    const roomy = (await row.boundingBox())?.height ?? 0;
    await ask('change density');
    await page.waitForFunction(() => document.documentElement.dataset.density === 'compact');
    const compact = (await row.boundingBox())?.height ?? 0;
    expect(compact).toBeLessThan(roomy);
    expect(compact).toBeGreaterThanOrEqual(24);
    await ask('go to curriculum');
    await page.locator('[data-testid=view-curriculum][aria-current=page]').waitFor();
    await page.keyboard.press('Control+k');
    await field.fill('no such thing');
    await page.getByText('Nothing by this name.').waitFor();
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
  });

  it('asks before a reset ends a run, and Escape keeps it', async () => {
    const { page } = await openTrained();
    await page.keyboard.press('r');
    await page.getByRole('alertdialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    expect(await page.getByTestId('step-count').textContent()).not.toBe('step 0');
    await page.keyboard.press('r');
    await page.getByTestId('confirm').click();
    await page.waitForFunction(
      () => document.querySelector('[data-testid=step-count]')?.textContent === 'step 0',
    );
  });
});

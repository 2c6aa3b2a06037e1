/** @file Play's panels in Chromium, on the fake workers: tokens, what-if, clip plot, reader, settings, first minute. */
import { afterEach, describe, expect, it } from 'vitest';
import { settings } from '../../src/run/config';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage, OpenPageOptions } from '../support/page';

type Page = OpenedPage['page'];

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(options: OpenPageOptions = {}): Promise<OpenedPage> {
  opened = await openFakePage(options);
  return opened;
}

/** A page that rests after a few steps. `prepare` runs before the first one. */
async function openTrained(prepare?: (page: Page) => Promise<void>): Promise<OpenedPage> {
  const result = await open();
  const { page } = result;
  await page.getByTestId('start-here').waitFor();
  await prepare?.(page);
  await page.getByTestId('start-here').click();
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 3,
  );
  await page.keyboard.press(' ');
  await page.getByTestId('start-button').waitFor();
  return result;
}

const activeToken = async (page: Page) =>
  Number(await page.getByTestId('token-active').getAttribute('data-token'));
const slot = async (page: Page) => (await page.getByTestId('token-slot').textContent()) ?? '';

/** Runs `act` for each value and gives back the longest task on the main thread of each, ms (0 = under 50). */
async function longestTasks(
  page: Page,
  keys: readonly string[],
): Promise<{ longest: number[]; frames: number[] }> {
  return page.evaluate(async (pressed) => {
    const longest: number[] = [];
    const frames: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        longest[longest.length - 1] = Math.max(longest[longest.length - 1] ?? 0, duration);
    });
    observer.observe({ type: 'longtask' });
    for (const key of pressed) {
      longest.push(0);
      const start = performance.now();
      dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      frames.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    observer.disconnect();
    return { longest, frames };
  }, keys);
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

describe('the tokens of an answer', () => {
  it.each(['highlights', 'spans'])('10,000 of them recolour without a long task, by %s', async (painter) => {
    const { page, errors } = await open();
    if (painter === 'spans') {
      await page.addInitScript(() => Reflect.deleteProperty(window, 'Highlight'));
      await page.reload();
    }
    await page.getByTestId('start-here').waitFor();
    await page.evaluate(() => {
      window.fake.longTokens = 10_000;
    });
    await page.keyboard.press('.');
    await page.waitForFunction(() => document.querySelector('[data-testid=update-select]'));
    // The long answer is the first of the first group of the step.
    for (let i = 0; i < 40; i++) {
      if (Number(await page.getByTestId('token-text').getAttribute('data-tokens')) > 9000) break;
      await page.keyboard.press(i < 20 ? 'p' : 'n');
    }
    const text = page.getByTestId('token-text');
    expect(Number(await text.getAttribute('data-tokens'))).toBeGreaterThan(10_000);
    expect(await text.getAttribute('data-painter')).toBe(painter);
    const { longest, frames } = await longestTasks(page, ['2', '3', '4', '6', '7', '1', '2', '3', '4', '7']);
    const rounded = (values: number[]) => values.map((value) => value.toFixed(0)).join(' ');
    console.log(`${painter}: frame ms ${rounded(frames)} · tasks over 50 ms ${rounded(longest)}`);
    expect(median(longest)).toBe(0);
    expect(errors).toEqual([]);
  });

  it('show seven colourings by their keys, and say where one knows nothing', async () => {
    const { page } = await openTrained();
    const names = ['advantage', 'log-prob', 'ratio', 'entropy', 'KL', 'clipped', 'objective'];
    for (const [i, name] of names.entries()) {
      await page.keyboard.press(String(i + 1));
      await page
        .getByRole('button', { name: new RegExp(`^${name}`), pressed: true })
        .first()
        .waitFor();
    }
    await page.keyboard.press('4');
    const painted = await page.evaluate(() => [...CSS.highlights.keys()].filter((name) => /^s\d/.test(name)));
    expect(painted.length).toBeGreaterThan(2);
    await page.keyboard.press('5');
    expect(await page.getByTestId('token-panel').textContent()).toContain('No reference policy is kept');
  });

  it('keep what is under the pointer, what the arrows reach and what is pinned apart', async () => {
    const { page } = await openTrained();
    await page.getByTestId('token-list').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await activeToken(page)).toBe(2);
    expect(await slot(page)).toContain('by the arrow keys');
    await page.keyboard.press('Enter');
    expect(await slot(page)).toMatch(/3 \/ \d+ pinned/);
    await page.keyboard.press('End');
    const scrolled = await page.getByTestId('token-list').evaluate((list) => list.scrollTop);
    const box = await page.getByTestId('token-text').boundingBox();
    if (!box) throw new Error('no text');
    await page.mouse.move(box.x + 12, box.y + 10);
    expect(await slot(page)).toContain('under the pointer');
    expect(await page.getByTestId('token-list').evaluate((list) => list.scrollTop)).toBe(scrolled);
    await page.mouse.move(5, 5);
    expect(await slot(page)).toContain('by the arrow keys');
    await page.keyboard.press('Escape');
    expect(await activeToken(page)).toBe(2);
    await page.mouse.click(box.x + 12, box.y + 10);
    expect(await activeToken(page)).toBe(0);
  });

  it('are walked to the next clipped one, whose formula says so with its own numbers', async () => {
    const { page } = await openTrained();
    await page.getByTestId('clip-high').focus();
    await page.keyboard.press('Home');
    await page.getByTestId('clip-low').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('c');
    const words = await slot(page);
    expect(words).toMatch(/clipped(high ↑|low ↓)/);
    expect(words).toMatch(/gradient 0/);
    const filled = /min\((−?[\d.]+)·([+−][\d.]+), (−?[\d.]+)·[+−][\d.]+\) = (−?[\d.]+)/.exec(words);
    if (!filled) throw new Error(`no formula in ${words}`);
    const [ratio, advantage, bounded, result] = filled.slice(1).map((text) => Number(text.replace('−', '-')));
    expect(result).toBeCloseTo(Math.min(ratio * advantage, bounded * advantage), 1);
    const clipped = await activeToken(page);
    await page.keyboard.press('e');
    expect(await slot(page)).toContain('by the arrow keys');
    await page.keyboard.press('c');
    expect(await activeToken(page)).not.toBe(-1);
    expect(clipped).toBeGreaterThanOrEqual(0);
  });
});

describe('what if', () => {
  it('a reward is turned round: advantages follow, nothing is sent to training, Esc takes it back', async () => {
    const { page } = await openTrained();
    const advantages = () =>
      page
        .getByTestId('answer-row')
        .evaluateAll((rows) => rows.map((row) => /A [+−]?[\d.]+/.exec(row.textContent ?? '')?.[0]));
    const before = await advantages();
    await page.getByTestId('flip-reward').nth(2).click();
    expect(await page.getByTestId('what-if').textContent()).toContain('what-if, not trained');
    expect(await advantages()).not.toEqual(before);
    // The numbers are those of the flipped rewards.
    const totals = await page
      .getByTestId('flip-reward')
      .evaluateAll((cells) =>
        cells.map((cell) => Number(cell.textContent?.replace(/[●○]/, '').replace('−', '-'))),
      );
    const mean = totals.reduce((a, b) => a + b, 0) / totals.length;
    const std = Math.sqrt(totals.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (totals.length - 1));
    const shown = (await advantages()).map((text) => Number(text?.slice(2).replace('−', '-')));
    for (const [i, total] of totals.entries())
      expect(shown[i]).toBeCloseTo(std === 0 ? 0 : (total - mean) / (std + 1e-6), 1);
    expect(await page.getByTestId('clip-panel').textContent()).toContain('what-if, not trained');
    expect(await page.evaluate(() => window.fake.calls)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await advantages()).toEqual(before);
  });
});

describe('dropped groups', () => {
  it('are counted by reason and open with their answers', async () => {
    const { page } = await openTrained(async (fresh) => {
      // Few answers make uniform groups likely.
      await fresh.getByTestId('settings-button').click();
      await fresh.getByTestId('find-setting').fill('group_size');
      await fresh.locator('[data-setting=group_size] input').last().fill('2');
      await fresh.keyboard.press('Enter');
      await fresh.keyboard.press('Escape');
    });
    const line = page.getByTestId('dropped').getByRole('button');
    expect(await line.textContent()).toMatch(/dropped this step: \d+ all (right|wrong)/);
    await line.click();
    await page.getByTestId('dropped-list').getByRole('button').first().click();
    expect(await page.getByTestId('drop-reason').textContent()).toMatch(/^dropped: all (right|wrong)/);
  });
});

describe('the clip plot', () => {
  it('draws the policy loss that is set, with the bounds that loss has', async () => {
    const { page, errors } = await openTrained();
    const choose = async (mode: string) => {
      await page.getByTestId('settings-button').click();
      await page.getByTestId('find-setting').fill('loss_mode');
      await page.locator('[data-setting="policy_loss.loss_mode"] select').selectOption(mode);
      await page.keyboard.press('Escape');
      await page.waitForFunction(
        (wanted) => document.querySelector('[data-testid=clip-plot]')?.getAttribute('data-loss') === wanted,
        mode,
      );
    };
    for (const mode of ['gspo', 'cispo', 'geo_mean']) {
      await choose(mode);
      expect(await page.getByTestId('clip-high').count(), mode).toBe(1);
    }
    await choose('sapo');
    expect(await page.getByTestId('clip-high').count()).toBe(0);
    expect(await page.getByTestId('clip-panel').textContent()).toContain('sapo has no bounds');
    expect(await page.getByTestId('token-formula').textContent()).toContain('σ(τ(ρ − 1))');
    expect(errors).toEqual([]);
  });

  it('moves both bounds together when they are linked', async () => {
    const { page } = await openTrained();
    await page.getByRole('button', { name: 'Equal bounds' }).click();
    await page.getByTestId('clip-low').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByTestId('clip-high').inputValue()).toBe(
      await page.getByTestId('clip-low').inputValue(),
    );
  });
});

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
    await page.evaluate(() => {
      const text = document.querySelector('[data-testid=document-text]')?.textContent ?? '';
      const line = text.slice(0, 200);
      const of = (step: number) => ({
        uid: `${step}-9-0`,
        step,
        questionId: 'q',
        documentId: 'chronicle',
        question: 'Who?',
        family: 'cloze',
        gold: ['Linport'],
        window: { start: 0, end: 4000 },
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
    await page.getByTestId('cited').first().waitFor();
    expect(await page.getByTestId('layer-cited').textContent()).toMatch(
      /copied: [1-9]\d* of \d+ words of #1/,
    );
    await page.keyboard.press('l');
    expect(await page.getByTestId('cited').count()).toBe(0);
    await page.keyboard.press('l');
    expect(await page.getByTestId('evidence').count()).toBe(0);
    await page.getByTestId('cited').first().waitFor();
  });
});

describe('the settings', () => {
  it('are all there, found by a word, and taken back by Ctrl+Z', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    expect(await page.locator('[data-setting]').count()).toBe(settings.length);
    await page.getByTestId('find-setting').fill('entropy bonus');
    expect(
      await page
        .locator('[data-setting]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-setting'))),
    ).toEqual(['entropy_coeff']);
    await page.locator('[data-setting=entropy_coeff] input').last().fill('0.01');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fake.calls.length === 1);
    await page.keyboard.press('Escape');
    await page.getByTestId('document-text').focus();
    await page.keyboard.press('Control+z');
    await page.waitForFunction(() => window.fake.calls.length === 2);
    expect((await page.evaluate(() => window.fake.calls)).map(({ argument }) => argument)).toEqual([
      { entropy_coeff: 0.01 },
      { entropy_coeff: 0 },
    ]);
    // Change and undo are two marks on the charts.
    expect(await page.getByTestId('reward-chart').locator('figcaption').textContent()).toMatch(
      /entropy_coeff 0 → 0\.01.*entropy_coeff 0\.01 → 0/,
    );
  });

  it('that need a new run ask before the present one ends', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await page.getByTestId('find-setting').fill('max_response_length');
    await page.locator('[data-setting=max_response_length] input').last().fill('64');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alertdialog').textContent()).toContain('Longest answer 64 needs a new run');
    await page.getByTestId('confirm').click();
    await page.waitForFunction(
      () => document.querySelector('[data-testid=step-count]')?.textContent === 'step 0',
    );
    await page.waitForFunction(() => location.search.includes('max_response_length=64'));
  });
});

describe('the first minute', () => {
  it('hints tick themselves off, one after the other, and end for good', async () => {
    const { page } = await openTrained();
    const hint = () => page.getByTestId('coach').getAttribute('data-hint');
    expect(await hint()).toBe('token');
    const box = await page.getByTestId('token-text').boundingBox();
    if (!box) throw new Error('no text');
    await page.mouse.move(box.x + 12, box.y + 10);
    await page.waitForFunction(
      () => document.querySelector('[data-testid=coach]')?.getAttribute('data-hint') === 'clip',
    );
    await page.getByTestId('clip-high').focus();
    await page.keyboard.press('ArrowRight');
    expect(await hint()).toBe('whatIf');
    await page.getByTestId('flip-reward').first().click();
    await page.getByTestId('coach').waitFor({ state: 'detached' });
  });

  it('all keys stand behind ?, and single letters can be switched off', async () => {
    const { page } = await openTrained();
    await page.keyboard.press('?');
    await page.getByTestId('keys-dialog').getByText('next clipped token').waitFor();
    await page.getByTestId('letters').click();
    await page.keyboard.press('Escape');
    await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('3');
    expect(await page.getByRole('button', { name: /^ratio/, pressed: true }).count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    expect(await activeToken(page)).toBe(1);
  });

  it('a run that began by itself rests after 200 steps, says so, and goes on when asked', async () => {
    const { page } = await open();
    await page.addInitScript(() => {
      window.fake.software = false;
      window.fake.stepMs = 1;
    });
    await page.goto(
      `${page.url().split('?')[0]}?group_size=2&train_batch_size=4&mini_batch_size=2&gen_batch_size=4`,
    );
    await page.getByRole('button', { name: 'Continue' }).waitFor({ timeout: 120_000 });
    expect(await page.getByTestId('state-line').textContent()).toContain(
      'Rested after 200 steps or 3 minutes.',
    );
    const step = Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));
    expect(step).toBeGreaterThanOrEqual(200);
    expect(step).toBeLessThan(210);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByTestId('pause-button').waitFor();
  });

  it('asks for nothing after the page is there', async () => {
    const { page } = await open();
    const failed: string[] = [];
    const later: string[] = [];
    page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
    await page.reload();
    await page.getByTestId('start-here').waitFor();
    page.on('request', (request) => later.push(request.url()));
    await page.getByTestId('start-here').click();
    await page.getByTestId('update-select').waitFor();
    await page.getByTestId('settings-button').click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByTestId('keys-dialog').waitFor();
    expect(later).toEqual([]);
    expect(failed).toEqual([]);
  });
});

describe('states', () => {
  const emit = (page: Page, event: Record<string, unknown>) =>
    page.evaluate((e) => window.fake.emit(e), event);

  it('an insecure context says what WebGPU needs', async () => {
    const { page } = await open();
    await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
    await page.reload();
    await page.getByTestId('error-panel').waitFor();
    expect(await page.getByTestId('error-panel').getAttribute('data-code')).toBe('gpu.insecure');
  });

  it('out of memory offers smaller runs, and one of them opens', async () => {
    const { page } = await openTrained();
    await emit(page, { type: 'error', code: 'gpu.oom', message: 'Out of GPU memory.', advice: 'Smaller.' });
    await emit(page, { type: 'state', state: 'failed', step: 3, reason: 'gpu.oom' });
    await page.getByRole('button', { name: 'Halve the group size' }).click();
    await page.getByTestId('start-here').waitFor();
    await page.waitForFunction(() => location.search.includes('group_size=4'));
  });

  it('a value that is no number stops with half the learning rate as a way on', async () => {
    const { page } = await openTrained();
    await emit(page, { type: 'error', code: 'train.nonfinite', message: 'NaN at step 4.', advice: 'Less.' });
    await emit(page, { type: 'state', state: 'failed', step: 3, reason: 'train.nonfinite' });
    expect(await page.getByTestId('error-panel').getAttribute('role')).toBe('alert');
    await page.getByRole('button', { name: 'Halve the learning rate' }).click();
    await page.waitForFunction(() => /lr=0\.00015/.test(location.search));
  });

  it('a device lost and rebuilt is told quietly, and what is on screen stays', async () => {
    const { page } = await openTrained();
    await emit(page, {
      type: 'error',
      code: 'run.rebuilt',
      message: 'The GPU was reset.',
      advice: 'Nothing.',
    });
    expect(await page.getByTestId('error-panel').getAttribute('role')).toBe('status');
    expect(await page.getByTestId('answer-row').count()).toBe(8);
  });

  it('a hidden tab pauses, says why, and goes on when it is seen again', async () => {
    const { page } = await open();
    await page.getByTestId('start-here').click();
    await page.getByTestId('pause-button').waitFor();
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=state-line]')?.textContent?.includes('Paused in the background'),
    );
    await hide(false);
    await page.getByTestId('pause-button').waitFor();
  });

  it('empty lists say what will stand there', async () => {
    const { page } = await open();
    await page.getByTestId('start-here').waitFor();
    expect(await page.getByTestId('token-panel').textContent()).toContain('appear here');
    expect(await page.getByTestId('clip-panel').textContent()).toContain('Dots appear with the first update');
    expect(await page.getByTestId('learning-panel').textContent()).toContain('no step yet');
    expect(await page.getByTestId('question').textContent()).toContain('appears with the first answers');
  });
});

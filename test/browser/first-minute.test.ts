/** @file Reader, settings, first minute and states of Play in Chromium, on the fake workers. */
import { afterEach, describe, expect, it } from 'vitest';
import { settings } from '../../src/run/config';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

type Page = OpenedPage['page'];

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(): Promise<OpenedPage> {
  opened = await openFakePage();
  return opened;
}

async function openTrained(prepare?: (page: Page) => Promise<void>): Promise<OpenedPage> {
  opened = await openTrainedPage(prepare);
  return opened;
}

const activeToken = async (page: Page) =>
  Number(await page.getByTestId('token-active').getAttribute('data-token'));

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

describe('the settings', () => {
  it('are all there, found by a word, and taken back by Ctrl+Z', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await expect.poll(() => page.locator('[data-setting]').count()).toBe(settings.length);
    await page.getByTestId('find-setting').fill('entropy bonus');
    await expect
      .poll(() =>
        page
          .locator('[data-setting]')
          .evaluateAll((all) => all.map((one) => one.getAttribute('data-setting'))),
      )
      .toEqual(['entropy_coeff']);
    await page.locator('[data-setting=entropy_coeff]').getByRole('textbox').fill('0.01');
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
    await expect
      .poll(() => page.getByTestId('reward-chart').locator('figcaption').textContent())
      .toMatch(/entropy_coeff 0 → 0\.01.*entropy_coeff 0\.01 → 0/);
  });

  it('that need a new run ask before the present one ends', async () => {
    const { page } = await openTrained();
    await page.getByTestId('settings-button').click();
    await page.getByTestId('find-setting').fill('max_response_length');
    await page.locator('[data-setting=max_response_length]').getByRole('textbox').fill('64');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alertdialog').textContent()).toContain('Longest answer 64 needs a new run');
    await page.getByText('It needs about 31.4 MB of GPU memory: weights 31.4 MB.').waitFor();
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
    expect(await hint()).toBe('fork');
    await page.getByTestId('document-text').focus();
    await page.keyboard.press('f');
    await page.keyboard.press('Escape');
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

  it('a key is moved in the sheet of keys, refused where it is taken, and stays moved', async () => {
    const { page } = await openTrained();
    const said = page.getByTestId('key-said');
    const isColoured = (name: RegExp) => page.getByRole('button', { name, pressed: true }).count();
    await page.keyboard.press('?');
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('j');
    await expect.poll(() => said.textContent()).toMatch(/“j” is taken: next answer/);
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('Escape');
    await expect.poll(() => said.textContent()).toBe('Nothing was moved.');
    await page.getByTestId('key-ratio').click();
    await page.keyboard.press('q');
    await expect.poll(() => said.textContent()).toBe('“q” is now: colour by ratio.');
    await page.keyboard.press('Escape');
    await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('3');
    expect(await isColoured(/^ratio/)).toBe(0);
    await page.keyboard.press('q');
    await expect.poll(() => isColoured(/^ratio/)).toBe(1);
    expect(await page.getByRole('button', { name: /^ratio/ }).getAttribute('aria-keyshortcuts')).toBe('q');
    await page.reload();
    await page.getByTestId('start-here').waitFor();
    await page.keyboard.press('?');
    expect(await page.getByTestId('key-ratio').textContent()).toBe('q');
    await page.getByTestId('keys-reset').click();
    expect(await page.getByTestId('key-ratio').textContent()).toBe('3');
  });

  it('two marked answers stand side by side, with the token at which they part', async () => {
    const { page } = await openTrained();
    const marks = page.getByTestId('marked');
    const pair = page.getByTestId('marked-pair');
    await page.keyboard.press('m');
    await page.keyboard.press('j');
    await page.keyboard.press('m');
    await expect.poll(() => marks.allTextContents()).toEqual(['marked 1', 'marked 2']);
    const rewards = await page.getByTestId('flip-reward').allTextContents();
    await page.keyboard.press('v');
    await pair.waitFor();
    const row = (name: string) =>
      pair
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .getByRole('cell')
        .allTextContents();
    expect(await row('reward')).toEqual(rewards.slice(0, 2).map((text) => text.replace(/(\S)(\d)/, '$1 $2')));
    // Both begin alike, up to the mark.
    const [first, second] = (await row('answer')).map((text) => text.split('◆')[0]);
    expect(first).toBe(second);
    await page.keyboard.press('Escape');
    await pair.waitFor({ state: 'detached' });
    expect(await marks.count()).toBe(0);
    await page.keyboard.press('v');
    await page.getByTestId('compare-window').waitFor();
  });

  it('less and more of each answer by [ and ], kept for the next visit', async () => {
    const { page } = await openTrained();
    const height = () =>
      page
        .getByTestId('answer-row')
        .evaluateAll((rows) => rows.reduce((sum, row) => sum + row.clientHeight, 0));
    const normal = await height();
    await page.keyboard.press('[');
    await page.getByTestId('reward-breakdown').waitFor({ state: 'detached' });
    const less = await height();
    expect(less).toBeLessThan(normal);
    await page.keyboard.press(']');
    await page.keyboard.press(']');
    await expect.poll(height).toBeGreaterThanOrEqual(normal);
    expect(await page.locator('[data-detail]').getAttribute('data-detail')).toBe('2');
    await page.reload();
    await page.getByTestId('start-here').click();
    await page.getByTestId('answer-row').first().waitFor();
    expect(await page.locator('[data-detail]').getAttribute('data-detail')).toBe('2');
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
    // What opens over the page is fetched once the first screen stands.
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('NewRunQuestion')),
    );
    await page.waitForTimeout(1000);
    page.on('request', (request) => later.push(request.url()));
    await page.getByTestId('start-here').click();
    await page.getByTestId('update-select').waitFor();
    await page.getByTestId('settings-button').click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByTestId('keys-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('r');
    await page.getByTestId('confirm').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').waitFor();
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
    await page.waitForFunction(() => location.search.includes('group_size=4'));
    // It goes on by itself: the person has just chosen.
    await page.getByTestId('pause-button').waitFor();
  });

  it('a run too large to open offers what the planner found, and trains with it', async () => {
    const { page } = await openTrained();
    await emit(page, { type: 'state', state: 'opening', step: 0, reason: null });
    await emit(page, {
      type: 'error',
      code: 'config.memory',
      message: 'The run needs 900 MiB, and the budget is 450 MiB.',
      advice: 'It fits with max_prompt_length 224.',
      ways: [
        { key: 'max_prompt_length', settings: { max_prompt_length: 224, window_tokens: 160 } },
        { key: 'group_size', settings: { group_size: 3 } },
      ],
    });
    await emit(page, { type: 'state', state: 'failed', step: 0, reason: 'config.memory' });
    const panel = page.getByTestId('error-panel');
    expect(await panel.getAttribute('role')).toBe('alert');
    expect(await panel.getByTestId('memory-way').allTextContents()).toEqual([
      'Shorten context to 224',
      '3 answers a group',
    ]);
    await panel.getByText('Shorten context to 224').click();
    await page.waitForFunction(() => /max_prompt_length=224&.*window_tokens=160/.test(location.search));
    await page.getByTestId('pause-button').waitFor();
    await panel.waitFor({ state: 'detached' });
  });

  it('too few groups that vary pause the run and offer how to go on', async () => {
    const { page } = await openTrained();
    await emit(page, { type: 'error', code: 'sampling.bound', message: '2 of 4 vary.', advice: 'Choose.' });
    await emit(page, { type: 'state', state: 'paused', step: 3, reason: 'sampling.bound' });
    await page.getByRole('button', { name: 'Train on the groups there are' }).click();
    await page.getByTestId('pause-button').waitFor();
    expect((await page.evaluate(() => window.fake.calls)).map(({ argument }) => argument)).toEqual([
      { 'filter_groups.on_bound': 'train' },
    ]);
    expect(await page.getByTestId('error-panel').count()).toBe(0);
  });

  it('a value that is no number stops with half the learning rate as a way on, and opens the step', async () => {
    const { page } = await openTrained();
    const { step, answers } = await page.evaluate(() => {
      const last = window.fake.records[window.fake.records.length - 1];
      return { step: last.step, answers: last.groups.flatMap((group) => group.answers).length };
    });
    await emit(page, { type: 'error', code: 'train.nonfinite', message: 'NaN.', advice: 'Less.' });
    await emit(page, { type: 'state', state: 'failed', step, reason: 'train.nonfinite' });
    expect(await page.getByTestId('error-panel').getAttribute('role')).toBe('alert');
    await page.getByRole('button', { name: `Inspect step ${step + 1}` }).click();
    const inspected = page.getByTestId('failed-step');
    await inspected.getByRole('heading', { name: `Step ${step + 1}: what it was learning from` }).waitFor();
    expect(await inspected.locator('[data-testid=failed-group][data-failing]').count()).toBe(1);
    expect(await inspected.getByTestId('failed-answer').count()).toBe(answers);
    expect(await inspected.getByTestId('failed-before').count()).toBe(1);
    await page.keyboard.press('Escape');
    await inspected.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Continue with half the learning rate' }).click();
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
    await expect.poll(() => page.getByTestId('answer-row').count()).toBe(8);
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
    expect(await page.getByTestId('question').textContent()).toMatch(/\S \S.*[?_.]/);
  });
});

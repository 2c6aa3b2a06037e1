/** @file What the page says when something is missing, lost, full or hidden, in Chromium, on the fake workers. */
import { afterEach, describe, expect, it } from 'vitest';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage } from '../support/page';
import { openPage } from '../support/page';
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

async function openTrained(): Promise<OpenedPage> {
  opened = await openTrainedPage();
  return opened;
}

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

describe('failures', () => {
  it('without WebGPU say so, and the document stays readable', async () => {
    opened = await openPage({
      before: () =>
        Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined, configurable: true }),
    });
    const panel = opened.page.getByTestId('error-panel');
    await panel.waitFor();
    expect(await panel.getAttribute('data-code')).toBe('gpu.none');
    expect(await panel.textContent()).toContain('This browser has no WebGPU');
    expect(await panel.getAttribute('role')).toBe('alert');
    await opened.page.getByTestId('document-text').getByText('Chronicle').first().waitFor();
    expect(opened.errors).toEqual([]);
  });

  it('without an adapter say where to look', async () => {
    opened = await openPage({
      before: () => {
        if (navigator.gpu) navigator.gpu.requestAdapter = async () => null;
      },
    });
    const panel = opened.page.getByTestId('error-panel');
    await panel.waitFor();
    expect(await panel.getAttribute('data-code')).toBe('gpu.no_adapter');
  });

  it('while training keep what is on screen and offer a way on', async () => {
    const { page } = await openTrained();
    await page.evaluate(() => {
      window.fake.emit({ type: 'error', code: 'gpu.lost', message: 'The GPU was reset.', advice: 'Resume.' });
      window.fake.emit({ type: 'state', state: 'failed', step: 3, reason: 'gpu.lost' });
    });
    const panel = page.getByTestId('error-panel');
    await panel.waitFor();
    expect(await panel.textContent()).toContain('gpu.lost');
    expect(await page.getByTestId('answer-row').count()).toBe(8);
    await page.getByTestId('retry-button').click();
    await page.getByTestId('start-here').waitFor();
  });
});

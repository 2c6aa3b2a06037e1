/** @file The judge as a person meets it: the dialog, what can go wrong with a model, and the reward-hacking lab. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeStore } from '../../src/cli/node-store';
import { createEmbeddedJudge } from '../../src/run/onnx/embedded-judge';
import { openFakePage } from '../support/fake-page';
import { randomJudge } from '../support/judge';
import { serveJudgeFiles } from '../support/judge-route';
import type { OpenedPage } from '../support/page';

let opened: OpenedPage | null = null;
let folder: string | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
  if (folder) await rm(folder, { recursive: true });
  folder = null;
});

/** A page after a few steps, with the judge's dialog open. */
async function openDialog(options: Parameters<typeof openFakePage>[0] = {}): Promise<Page> {
  opened = await openFakePage(options);
  const { page } = opened;
  await page.getByTestId('start-here').click();
  await page.getByTestId('answer-row').first().waitFor();
  await page.getByTestId('pause-button').click();
  await page.getByTestId('judge-button').click();
  await page.getByTestId('judge-dialog').waitFor();
  return page;
}

const waitForState = (page: Page, state: string) =>
  page.locator(`[data-testid=judge-state][data-state=${state}]`).waitFor({ timeout: 120_000 });

/** Cells of a row of the lab: faithful, strict, judge, max faithful, max strict. */
const cells = (page: Page, probe: string) => page.getByTestId(`lab-${probe}`).locator('td').allTextContents();

describe('the judge’s dialog', () => {
  it('loads a judge with its progress in bytes, names it in the settings, and lets it go', async () => {
    const page = await openDialog();
    expect(await page.getByTestId('judge-state').textContent()).toContain('reward = rule only');
    await page.getByTestId('judge-embedded').click();
    await waitForState(page, 'ready');
    expect(await page.getByTestId('judge-state').textContent()).toBe('embedded is ready, on WebAssembly.');
    await page.waitForFunction(() => location.search.includes('judge=embedded'));
    await page.evaluate(() =>
      window.fake.emit({
        type: 'judge',
        report: { counts: { asked: 1200, cached: 7, undecided: 0, failed: 0 }, ms: 41.2, failure: null },
      }),
    );
    expect(await page.getByTestId('judge-counts').textContent()).toContain('asked 1\u202f200');
    await page.getByTestId('judge-drop').click();
    await waitForState(page, 'off');
    await page.waitForFunction(() => !location.search.includes('judge='));
    const calls = await page.evaluate(() => window.fake.calls.filter(({ name }) => name === 'setJudge'));
    expect(calls.map(({ argument }) => argument !== null).slice(-2)).toEqual([true, false]);
  });

  it('switches the reward mode of the run that goes on', async () => {
    const page = await openDialog();
    await page
      .getByTestId('judge-dialog')
      .getByRole('combobox', { name: 'Reward', exact: true })
      .selectOption('judge');
    await page.waitForFunction(() =>
      window.fake.calls.some(
        ({ name, argument }) =>
          name === 'change' && (argument as Record<string, unknown>)['reward.mode'] === 'judge',
      ),
    );
  });

  it('says once that a judge gives no verdict, and takes it back when it does again', async () => {
    const page = await openDialog();
    await page.getByTestId('judge-embedded').click();
    await waitForState(page, 'ready');
    const report = (failure: string | null) =>
      page.evaluate(
        (failure) =>
          window.fake.emit({
            type: 'judge',
            report: {
              counts: { asked: 1, cached: 0, undecided: 0, failed: failure ? 4 : 0 },
              ms: 1,
              failure,
            },
          }),
        failure,
      );
    for (let i = 0; i < 2; i++) await report('judge_unavailable: no reply within 30000 ms');
    await waitForState(page, 'failed');
    const panel = page.getByTestId('error-panel');
    expect(await panel.getByText('no reply within 30000 ms', { exact: false }).count()).toBe(1);
    expect(await page.getByTestId('answer-row').count()).toBe(8);
    await report(null);
    await waitForState(page, 'ready');
    expect(await panel.getByText('no reply within', { exact: false }).count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has no violation of accessibility rules (%s)', async (colorScheme) => {
    const page = await openDialog({ colorScheme });
    await page.getByTestId('judge-embedded').click();
    await waitForState(page, 'ready');
    await page.getByTestId('lab-article').waitFor();
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => `${id}: ${html}`),
      );
    });
    expect(found).toEqual([]);
  });
});

describe('the reward-hacking lab', () => {
  it('shows which reward pays for an answer that knows nothing, also for one typed by hand', async () => {
    const page = await openDialog();
    await page.getByTestId('lab-article').waitFor();
    expect((await cells(page, 'article')).map((text) => text[0])).toEqual(['1', '0', '0', '1', '0']);
    expect((await cells(page, 'right')).map((text) => text[0])).toEqual(['1', '1', '1', '1', '1']);
    expect((await cells(page, 'wrong')).map((text) => text[0])).toEqual(['0', '0', '0', '0', '0']);
    await page.getByTestId('own-answer').fill('<b>nobody</b>');
    await page.getByTestId('lab-try').click();
    await page.getByTestId('lab-own').waitFor();
    expect(await page.getByTestId('lab-own').textContent()).toContain('“<b>nobody</b>”');
  });
});

describe('a model that cannot be used', () => {
  it('is named with its reason, and loads once it is whole', async () => {
    const { store } = await randomJudge();
    const model = await store.read('model.onnx');
    const page = await openDialog();
    await page.evaluate(() => {
      window.fake.realJudge = true;
    });
    const fails = async (reason: RegExp) => {
      await page.getByTestId('judge-embedded').click();
      await waitForState(page, 'failed');
      expect(await page.getByTestId('judge-state').textContent()).toMatch(reason);
      expect(await page.getByTestId('error-panel').first().textContent()).toContain('judge.unloaded');
    };
    await store.remove('model.onnx');
    await serveJudgeFiles(page, store);
    await fails(/no file "model\.onnx"/);
    await store.write('model.onnx', model.slice().fill(255, 20, 400));
    await fails(/refuses the model/);
    // The version of the operator set is the last byte of the file.
    await store.write('model.onnx', model.slice().fill(99, -1));
    await fails(/refuses the model/);
    await store.write('model.onnx', model);
    await page.getByTestId('judge-embedded').click();
    await waitForState(page, 'ready');

    // The lab's verdicts are those that Node gives.
    const question = (await page.getByTestId('hack-lab').locator('p').nth(1).textContent()) ?? '';
    const [text, gold] = question.split(' gold ');
    const node = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
    const [expected] = await node.judge([{ question: text, prediction: gold, gold }]);
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=lab-right]')?.textContent?.includes('p 0.'),
    );
    const shown = (await cells(page, 'right'))[2];
    expect(shown).toContain(`p ${expected.asked ? expected.probability.toFixed(2) : ''}`);
    expect(opened?.outside).toEqual([]);
  });

  it('may be a folder from the disk', async () => {
    const { store } = await randomJudge();
    folder = await mkdtemp(join(tmpdir(), 'longview-judge-'));
    const disk = new NodeStore(join(folder, 'my-judge'));
    for (const { path, bytes } of await store.all()) await disk.write(path, bytes);
    const page = await openDialog();
    await page.evaluate(() => {
      window.fake.realJudge = true;
    });
    await page.getByTestId('judge-folder').setInputFiles(disk.root);
    await waitForState(page, 'ready');
    expect(await page.getByTestId('judge-state').textContent()).toMatch(/^my-judge is ready/);
    await page.waitForFunction(() => location.search.includes('judge=my-judge'));
  });
});

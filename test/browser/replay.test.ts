/**
 * @file The recorded run on the real page in a Chromium without WebGPU: it is offered, labelled, played and looked at in
 * every view, and every figure is the recording's own.
 */
import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/run/memory-store';
import { Recording, unpackRecording } from '../../src/run/recording';
import type { ReplayStep } from '../../src/run/replay-reader';
import { zipParts } from '../../src/run/zip';
import { fixed, percent, signed } from '../../src/ui/format';
import { predictClip, storedTokens } from '../../src/ui/panels/clip-prediction';
import { labViews } from '../../src/ui/state/link';
import { openFakePage } from '../support/fake-page';
import { vanillaObjective } from '../support/groups';
import { type OpenedPage, type OpenPageOptions, openPage } from '../support/page';
import { recordedDocument, writeRecorded } from '../support/recorded';

type Page = OpenedPage['page'];

let recording: Recording;
let opened: OpenedPage | null = null;
/** A replay at rest in the middle of the recording: it serves all tests that only look. */
let shared: OpenedPage | null = null;
/** The step it rests at. */
let middle = 0;

beforeAll(async () => {
  const archive = new Blob([new Uint8Array(await readFile('dist/replay/micro.zip'))]);
  recording = await Recording.open('shipped', await unpackRecording(archive), null);
  middle = recording.steps[Math.floor(recording.steps.length / 2)];
});
afterEach(async () => {
  await opened?.close();
  opened = null;
});
afterAll(() => shared?.close());

const withoutGpu = (options: OpenPageOptions = {}) => openPage({ withoutWebGpu: true, ...options });

const stepOf = async (page: Page) =>
  Number(((await page.getByTestId('step-count').textContent()) ?? '').replace(/\D/g, ''));

const waitForStep = (page: Page, step: number) =>
  page.waitForFunction(
    (wanted) =>
      document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '') === wanted,
    String(step),
  );

/** Moves the replay's slider by its keys. */
async function seek(page: Page, step: number): Promise<void> {
  const slider = page.getByTestId('replay-step');
  await slider.focus();
  await page.keyboard.press('Home');
  await waitForStep(page, 0);
  for (let at = 0; at < step; at++) await page.keyboard.press('ArrowRight');
  await waitForStep(page, step);
}

async function rested(): Promise<OpenedPage> {
  if (!shared) {
    shared = await withoutGpu({ query: { autostart: '0' } });
    await shared.page.getByTestId('start-here').waitFor();
    await seek(shared.page, middle);
    await shared.page.getByTestId('answer-row').first().waitFor();
  }
  const { page } = shared;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
  return shared;
}

const view = async (step: number): Promise<ReplayStep> => {
  const found = await recording.view(step);
  if (!found) throw new Error(`step ${step} has no tokens`);
  return found;
};
const metricsOf = (step: number): Record<string, number> =>
  recording.rows.find((row) => row.step === step) ?? {};

/** What the label must say. */
async function labelled(page: Page): Promise<void> {
  const label = await page.getByTestId('replay-label').textContent();
  const { adapterClass, begun, commit } = recording.description;
  expect(label).toContain('Recorded run – not training.');
  expect(label).toContain(adapterClass.split(': ')[1]);
  expect(label).toContain(new Date(begun * 1000).toISOString().slice(0, 10));
  expect(label).toContain(commit.slice(0, 7));
  expect(await page.getByTestId('replay-bar').getByText('REPLAY', { exact: true }).isVisible()).toBe(true);
}

describe('where nothing can be trained', () => {
  it('a recorded run plays by itself, labelled, beside the reason', async () => {
    opened = await withoutGpu({
      before: () => Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }),
    });
    const { page, errors, outside } = opened;
    await page.getByTestId('replay-label').waitFor();
    await labelled(page);
    expect(await page.getByTestId('error-panel').getAttribute('data-code')).toBe('gpu.none');
    await page.getByTestId('answer-row').first().waitFor();
    const next = page.getByTestId('next-token-button');
    expect(await next.isDisabled()).toBe(true);
    expect(await next.textContent()).toBe('next token: not in a recording');
    expect(await next.getAttribute('title')).toMatch(/no policy at hand/);
    await page.waitForFunction(
      () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= 2,
    );
    await page.keyboard.press(' ');
    await page.getByTestId('start-button').waitFor();
    const step = await stepOf(page);
    await page.keyboard.press('.');
    await waitForStep(page, step + 1);
    expect(await page.getByTestId('replay-leave').count()).toBe(0);
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('without an adapter it is the same run, and where motion is unwanted it waits', async () => {
    opened = await withoutGpu({ reducedMotion: 'reduce' });
    const { page } = opened;
    await page.getByTestId('start-here').waitFor();
    await labelled(page);
    expect(await page.getByTestId('error-panel').getAttribute('data-code')).toBe('gpu.no_adapter');
    expect(await page.getByTestId('wait-reason').textContent()).toContain('reduced motion');
    expect(await stepOf(page)).toBe(0);
    await page.getByTestId('start-here').click();
    await waitForStep(page, 1);
  });

  it('plays to its end at the pace that is chosen, and begins again', async () => {
    opened = await withoutGpu({ query: { autostart: '0' } });
    const { page } = opened;
    await page.getByTestId('start-here').waitFor();
    await page.getByTestId('replay-pace').selectOption('fast');
    await page.keyboard.press('Escape');
    await page.getByTestId('start-button').click();
    const last = recording.steps[recording.steps.length - 1];
    await page.getByText(`End of the recording, step ${last}`).waitFor({ timeout: 60_000 });
    expect(await page.getByTestId('replay-step').getAttribute('aria-valuetext')).toBe(`${last} of ${last}`);
    await page.getByTestId('start-button').click();
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor();
    expect(await stepOf(page)).toBeLessThan(last);
    await page.getByTestId('reset-button').click();
    await page.getByTestId('start-here').waitFor();
  });
});

describe('every figure on screen is the recording’s', () => {
  it('curves, answers, rewards and advantages', async () => {
    const { page } = await rested();
    const metrics = metricsOf(middle);
    const value = (testId: string) => page.locator(`[data-testid="${testId}"] .data`).first().textContent();
    expect(await value('reward-chart')).toBe(fixed(metrics['critic/rewards/mean']));
    expect(await value('entropy-chart')).toBe(fixed(metrics['actor/entropy']));
    expect(await value('clip-high-chart')).toBe(percent(metrics['actor/pg_clipfrac_high']));
    expect(await value('length-chart')).toBe(fixed(metrics['response_length/mean'], 1));
    const { groups } = await view(middle);
    const question = await page.getByTestId('question').textContent();
    const shown = groups.filter(({ question: text }) => question?.includes(text));
    expect(shown.length).toBeGreaterThan(0);
    const rows = await page.getByTestId('answer-row').allTextContents();
    const group = shown.find(({ answers }) =>
      answers.every(({ score, advantage }, i) =>
        [fixed(score.total), `A ${signed(advantage)}`].every((text) => rows[i]?.includes(text)),
      ),
    );
    expect(group?.answers).toHaveLength(rows.length);
  });

  it('a token’s log-probs, ratio and entropy, and the clip shares of the step’s tokens', async () => {
    const { page } = await rested();
    const { groups } = await view(middle);
    const question = await page.getByTestId('question').textContent();
    const group = groups.find(({ question: text, kept }) => kept && question?.includes(text));
    const answer = group?.answers[0];
    if (!group || !answer?.newLogprobs || !answer.oldLogprobs) throw new Error('nothing was learned from');
    await page.locator('#answer-0').click();
    await page.getByTestId('token-list').focus();
    await page.keyboard.press('Home');
    for (let t = 0; t < Math.min(4, answer.tokens.length); t++) {
      const slot = await page.getByTestId('token-slot').textContent();
      const ratio = Math.exp(answer.newLogprobs[t] - answer.oldLogprobs[t]);
      for (const text of [
        fixed(answer.sampledLogprobs[t], 3),
        fixed(answer.oldLogprobs[t], 3),
        fixed(answer.newLogprobs[t], 3),
        fixed(ratio, 3),
        fixed(answer.entropies[t]),
        signed(answer.advantage),
        String(answer.tokens[t]),
      ])
        expect(slot).toContain(text);
      await page.keyboard.press('ArrowRight');
    }
    const metrics = metricsOf(middle);
    const readout = await page.getByTestId('clip-readout').textContent();
    expect(readout).toContain(percent(metrics['actor/pg_clipfrac_low']));
    expect(readout).toContain(percent(metrics['actor/pg_clipfrac_high']));
  });

  it('follows the clip sliders: tokens are marked anew and the shares predicted from the recorded log-probs', async () => {
    const { page, errors } = await rested();
    const { groups } = await view(middle);
    const { clip_ratio_low: low } = await recording.config(middle);
    for (const high of [0.05, 0.4]) {
      await page.getByTestId('clip-high-number').fill(String(high));
      await page.keyboard.press('Enter');
      const stored = storedTokens(groups, middle);
      const objective = { ...vanillaObjective, clipRatioLow: low, clipRatioHigh: high };
      const shares = predictClip(stored, objective);
      await page.waitForFunction(
        ([text]) => document.querySelector('[data-testid=predicted-high]')?.textContent === text,
        [percent(shares.high)] as const,
      );
      expect(await page.getByTestId('predicted-low').textContent()).toBe(percent(shares.low));
    }
    // It is a way of seeing: nothing was changed in the run, and no mark says so.
    await page.waitForTimeout(200);
    expect(await page.getByTestId('error-panel').count()).toBe(1);
    // Other windows open all the same while bounds are only seen.
    await page.keyboard.press('v');
    await page.getByTestId('compare-window').waitFor();
    await page.keyboard.press('Escape');
    expect(errors).toEqual([]);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
  });

  it('lays no part of a group over another where a window is low, and keeps its answers in sight', async () => {
    const { page } = await rested();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.locator('[data-testid=dropped] button').first().click();
    await page.locator('[data-testid=dropped-list] button').first().click();
    await page.getByTestId('follow-button').waitFor();
    const parts = await page
      .getByTestId('group-panel')
      .evaluate((panel) => [...panel.children].map((part) => part.getBoundingClientRect().toJSON()));
    expect(parts.length).toBeGreaterThan(3);
    for (const [i, { top }] of parts.entries())
      if (i > 0) expect(top, `part ${i}`).toBeGreaterThanOrEqual(parts[i - 1].bottom - 0.5);
    const answers = await page.getByTestId('answer-row').first().locator('xpath=ancestor::ul').boundingBox();
    expect(answers?.height).toBeGreaterThan(80);
    const title = await page.locator('#group-title').boundingBox();
    const follow = await page.getByTestId('follow-button').boundingBox();
    const [head] = parts;
    for (const inside of [title, follow])
      expect(inside && inside.y + inside.height).toBeLessThanOrEqual(head.bottom);
    await page.getByTestId('follow-button').click();
  });
});

describe('the Lab on a recording', () => {
  it.each(['light', 'dark'] as const)(
    'opens every view, labelled, without a violation of accessibility rules, %s',
    async (colorScheme) => {
      const { page, errors } = await rested();
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe.source);
      const found: string[] = [];
      if (await page.getByTestId('level-play').count()) await page.getByTestId('level-play').click();
      await page.getByTestId('token-text').waitFor();
      found.push(...(await violations(page, 'play')));
      await page.getByTestId('level-lab').click();
      for (const name of labViews) {
        await page.getByTestId(`view-${name}`).click();
        await page.locator(`[data-testid=view-${name}][aria-current=page]`).waitFor();
        await page.waitForTimeout(80);
        await labelled(page);
        found.push(...(await violations(page, name)));
      }
      expect(found).toEqual([]);
      expect(errors).toEqual([]);
      await page.getByTestId('level-play').click();
    },
  );

  it('lists a past step’s groups, and says of what needs a GPU that it does', async () => {
    const { page } = await rested();
    await page.getByTestId('level-lab').click();
    await page.getByTestId('view-rollouts').click();
    await page.getByTestId('step-field').fill('1');
    await page.keyboard.press('Enter');
    const { groups } = await view(1);
    await page.waitForFunction(
      (count) => document.querySelector('[data-testid=matches]')?.textContent === String(count),
      groups.length,
    );
    await page.getByTestId('view-eval').click();
    expect(await page.getByTestId('heat-recorded').textContent()).toContain('Train a run of your own');
    expect(await page.getByTestId('ask-suites').isDisabled()).toBe(true);
    await page.getByTestId('view-system').click();
    expect(await page.getByTestId('adapter-facts').textContent()).toContain(
      recording.description.adapterClass.replace(/^\w+: /, ''),
    );
    expect(await page.getByTestId('judge-button').isDisabled()).toBe(true);
    await page.getByTestId('settings-button').click();
    const panel = page.getByTestId('settings-panel');
    await panel.getByTestId('recorded-settings').waitFor();
    expect(await panel.locator('[data-setting=lr] input').count()).toBe(0);
    expect(await panel.locator('[data-setting=clip_ratio_high] input').count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await page.getByTestId('view-export').click();
    const waiting = page.waitForEvent('download');
    await page.getByTestId('export-csv').click();
    expect((await waiting).suggestedFilename()).toMatch(
      /^replay-.*-\d{4}-\d\d-\d\d-seed-\d+-software-metrics\.csv$/,
    );
    await page.getByTestId('level-play').click();
  });
});

describe('a recording that a person asks for', () => {
  it('opens by link where a GPU is, and leads back to training', async () => {
    opened = await openFakePage({ query: { replay: '1', clip_ratio_high: '0.35', autostart: '0' } });
    const { page, errors } = opened;
    await page.getByTestId('start-here').waitFor();
    await labelled(page);
    expect(await page.getByTestId('clip-high-number').inputValue()).toBe('0.35');
    expect(await page.getByTestId('error-panel').count()).toBe(0);
    await page.getByTestId('replay-leave').click();
    await page.waitForFunction(() => !location.search.includes('replay'));
    await page.getByTestId('adapter-chip').waitFor();
    expect(await page.getByTestId('replay-bar').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('is the first choice on a software adapter, and not loaded before it is chosen', async () => {
    opened = await openFakePage();
    const { page } = opened;
    await page.getByTestId('watch-replay').waitFor();
    const loaded = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter((name) => /replay\.worker|replay-engine|\/replay\//.test(name)),
      );
    expect(await loaded()).toEqual([]);
    await page.getByTestId('watch-replay').click();
    await page.getByTestId('answer-row').first().waitFor();
    await labelled(page);
    await page.waitForFunction(() => location.search.includes('replay=1'));
  });

  it('can be any stored run: one that comes in as a zip plays step by step, and its damaged step is told', async () => {
    const store = new MemoryStore();
    const views = await writeRecorded(store, { steps: 3 });
    await store.write('replay/2.json', '{"version":1');
    const zip = Buffer.from(await new Blob(zipParts(await store.all())).arrayBuffer());
    opened = await withoutGpu({ query: { autostart: '0' } });
    const { page } = opened;
    await page.getByTestId('start-here').waitFor();
    await page.getByTestId('runs-button').click();
    await page
      .getByTestId('import-zip')
      .setInputFiles({ name: 'my run.zip', mimeType: 'application/zip', buffer: zip });
    const row = page.getByTestId('run-row').first();
    await row.waitFor();
    await row.getByTestId('run-replay').click();
    await waitForStep(page, 1);
    await page.getByText(recordedDocument.title).first().waitFor();
    await expect.poll(() => page.getByTestId('question').textContent()).toContain('Which entry, 1?');
    expect(await page.getByTestId('replay-label').textContent()).toContain('mesa llvmpipe');
    await page.locator('[data-testid=error-panel][data-code="replay.step"]').waitFor();
    await page.getByText('End of the recording, step 3').waitFor();
    expect(await page.locator('[data-testid="reward-chart"] .data').first().textContent()).toBe(
      fixed(views[2].metrics['critic/rewards/mean']),
    );
  });

  it('keeps its label in view on a phone', async () => {
    opened = await withoutGpu({ query: { autostart: '0' }, viewport: { width: 390, height: 844 } });
    const { page } = opened;
    await page.getByTestId('start-here').waitFor();
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    const box = await page.getByTestId('replay-label').boundingBox();
    expect(box && box.y >= 0 && box.y + box.height <= 844).toBe(true);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(over).toBe(0);
  });
});

interface AxeWindow {
  axe: {
    run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
  };
}

async function violations(page: Page, name: string): Promise<string[]> {
  const found = await page.evaluate(() => (window as unknown as AxeWindow).axe.run());
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${name} ${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

/** @file Every screen and state of the page that is looked at: how it is opened, and how it comes about. */
import { presets } from '../../src/run/presets';
import { zipParts } from '../../src/run/zip';
import { labViews } from '../../src/ui/state/link';
import { gridFiles } from '../support/fake-ablation';
import type { OpenedPage, OpenPageOptions } from '../support/page';

type Page = OpenedPage['page'];

export interface Scene {
  name: string;
  /** From where the scene before it on the same page left it. */
  show(page: Page): Promise<void>;
}

/** Scenes that follow each other on one page. */
export interface Visit {
  name: string;
  open: OpenPageOptions;
  scenes: Scene[];
}

const key = (name: string, pressed: string, waitFor: string): Scene => ({
  name,
  async show(page) {
    await page.keyboard.press('Escape');
    await page.keyboard.press(pressed);
    await page.getByTestId(waitFor).first().waitFor();
  },
});

/** Lets the fake engine train for some steps, and rest. */
async function train(page: Page, steps: number): Promise<void> {
  const start = page.getByTestId('start-here').or(page.getByTestId('start-button')).first();
  if (await start.isVisible()) await start.click();
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    steps,
  );
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor();
}

const emit = (page: Page, event: Record<string, unknown>) =>
  page.evaluate((sent) => window.fake.emit(sent), event);

const play: Visit = {
  name: 'play',
  open: {},
  scenes: [
    { name: 'first', show: (page) => page.getByTestId('start-here').waitFor() },
    { name: 'trained', show: (page) => train(page, 12) },
    {
      name: 'attention',
      async show(page) {
        await page.getByTestId('layer-attention').click();
        await page.locator('[data-heat]').first().waitFor();
      },
    },
    {
      name: 'next-token',
      async show(page) {
        await page.getByTestId('layer-attention').click();
        await page.getByTestId('next-token-button').click();
        await page.getByTestId('next-token').locator('table').waitFor();
      },
    },
    {
      name: 'search-what-if',
      async show(page) {
        await page.getByTestId('next-token-button').click();
        await page.getByTestId('flip-reward').first().click();
        await page.keyboard.press('/');
        await page.getByTestId('search-field').fill('the');
      },
    },
    {
      name: 'settings',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Escape');
        await page.getByTestId('settings-button').click();
        await page.getByTestId('find-setting').waitFor();
      },
    },
    key('keys', '?', 'keys-dialog'),
    {
      name: 'marked',
      async show(page) {
        await page.keyboard.press('Escape');
        for (const pressed of 'mjmv') await page.keyboard.press(pressed);
        await page.getByTestId('marked-pair').waitFor();
      },
    },
    {
      name: 'detail',
      async show(page) {
        await page.keyboard.press('Escape');
        for (const pressed of 'm]') await page.keyboard.press(pressed);
        await page.getByTestId('marked').waitFor();
      },
    },
    key('share', 's', 'share-link'),
    key('runs', 'f', 'run-row'),
    key('compare', 'v', 'first-difference'),
    {
      name: 'judge',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.getByTestId('judge-button').click();
        await page.getByTestId('judge-dialog').waitFor();
      },
    },
    {
      name: 'judge-loaded',
      async show(page) {
        await page.getByTestId('judge-embedded').click();
        await page.locator('[data-testid=judge-state][data-state=ready]').waitFor();
      },
    },
    {
      name: 'setup',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.getByTestId('setup-button').click();
        await page.getByTestId('setup-panel').waitFor();
      },
    },
    {
      name: 'palette',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+k');
        await page.getByTestId('palette-field').fill('clip');
      },
    },
    {
      name: 'new-run',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.keyboard.press('r');
        await page.getByTestId('confirm').waitFor();
      },
    },
    {
      name: 'part',
      async show(page) {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Shift+.');
        await page.getByText('before scoring the answers').waitFor();
      },
    },
    {
      name: 'compare-seeds',
      async show(page) {
        await page.keyboard.press('.');
        await page.getByTestId('start-button').waitFor();
        await page.keyboard.press('v');
        await page.getByTestId('more-seeds').waitFor();
        await page.evaluate(() => {
          window.fake.stepMs = 2000;
        });
        await page.getByTestId('more-seeds').click();
        await page.getByTestId('seeds-progress').waitFor();
        await page.getByTestId('compared-clip').first().scrollIntoViewIfNeeded();
      },
    },
  ],
};

const lab: Visit = {
  name: 'lab',
  open: {
    query: { level: 'lab', preset: 'micro', curriculum: '192x3,320x400,448x200', 'pool.rule': 'weighted' },
  },
  scenes: [
    { name: 'first', show: (page) => page.getByTestId('lab').waitFor() },
    ...labViews.map(
      (view, i): Scene => ({
        name: view,
        async show(page) {
          if (i === 0) await train(page, 14);
          await page.getByTestId(`view-${view}`).click();
          await page.locator(`[data-testid=view-${view}][aria-current=page]`).waitFor();
          await page.getByText('Loading the view').waitFor({ state: 'detached' });
          if (view === 'eval') {
            await page.getByTestId('ask-suites').click();
            await page.getByTestId('heat-table').waitFor();
          }
        },
      }),
    ),
    {
      name: 'ablate-open',
      async show(page) {
        const { files } = await gridFiles({ ...presets.micro, 'eval.every': 2 }, [1, 2, 3], 12);
        await page.getByTestId('view-ablate').click();
        await page.getByTestId('ablate-zip').setInputFiles({
          name: 'grid.zip',
          mimeType: 'application/zip',
          buffer: Buffer.concat(zipParts(files) as Uint8Array[]),
        });
        await page.getByTestId('ablate-figure').waitFor();
      },
    },
    ...(['answers', 'scatter', 'dropped'] as const).map(
      (tab): Scene => ({
        name: `rollouts-${tab}`,
        async show(page) {
          await page.getByTestId('view-rollouts').click();
          await page.getByTestId(`tab-${tab}`).click();
        },
      }),
    ),
  ],
};

/** What goes wrong in training: the code and where the run is left. */
const failures: [code: string, message: string, state: 'failed' | 'paused' | null][] = [
  ['gpu.oom', 'Out of GPU memory while allocating layer.qkv, 384 MB.', 'failed'],
  ['gpu.lost', 'The GPU was reset (driver, sleep or a long task).', 'failed'],
  ['train.nonfinite', 'The loss became NaN.', 'failed'],
  ['sampling.bound', '2 of 4 groups vary after 10 rounds.', 'paused'],
  ['store.full', 'The disk is full.', 'paused'],
  ['run.rebuilt', 'The GPU was reset; the run goes on from step 3 with shorter slices.', null],
  ['config.range', 'clip_ratio_high is 7; it can be 0 to 1.', null],
];

const states: Visit[] = [
  {
    name: 'state-failures',
    open: {},
    scenes: failures.map(([code, message, state], i) => ({
      name: code,
      async show(page) {
        if (i === 0) await train(page, 3);
        const dismiss = page.getByTestId('error-panel').getByTitle('Dismiss');
        while ((await dismiss.count()) > 0) await dismiss.first().click();
        const panel = page.locator(`[data-testid=error-panel][data-code="${code}"]`);
        await page.evaluate(() => window.fake.emit({ type: 'state', state: 'ready', step: 3, reason: null }));
        await emit(page, { type: 'error', code, message, advice: 'What can be done stands beside it.' });
        if (state) await emit(page, { type: 'state', state, step: 3, reason: code });
        await panel.first().waitFor();
      },
    })),
  },
  {
    name: 'state-memory',
    open: {},
    scenes: [
      {
        name: 'ways',
        async show(page) {
          await page.getByTestId('start-here').waitFor();
          await emit(page, { type: 'state', state: 'opening', step: 0, reason: null });
          await emit(page, {
            type: 'error',
            code: 'config.memory',
            message: 'The run needs 1324 MiB on the GPU, and the budget is 1024 MiB.',
            advice: 'It fits with max_prompt_length 2048, or group_size 5.',
            ways: [
              { key: 'memory.budget_mb', settings: { 'memory.budget_mb': 900 } },
              { key: 'max_prompt_length', settings: { max_prompt_length: 2048, window_tokens: 1900 } },
              { key: 'group_size', settings: { group_size: 5 } },
            ],
          });
          await emit(page, { type: 'state', state: 'failed', step: 0, reason: 'config.memory' });
          await page.getByTestId('memory-way').first().waitFor();
        },
      },
    ],
  },
  {
    name: 'state-failed-step',
    open: {},
    scenes: [
      {
        name: 'inspected',
        async show(page) {
          await train(page, 5);
          const words = {
            message: 'The loss became NaN at step 6, in update 2.',
            advice: 'The run goes on from 5.',
          };
          await emit(page, { type: 'error', code: 'train.nonfinite', ...words });
          await emit(page, { type: 'state', state: 'failed', step: 5, reason: 'train.nonfinite' });
          await page.getByTestId('inspect-failed').click();
          await page.getByTestId('failed-answer').first().waitFor();
        },
      },
    ],
  },
  {
    name: 'state-hidden',
    open: {},
    scenes: [
      {
        name: 'paused',
        async show(page) {
          await page.getByTestId('start-here').click();
          await page.getByTestId('answer-row').first().waitFor();
          await page.evaluate(() => {
            Object.defineProperty(document, 'hidden', { value: true, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
          });
          await page.locator('[data-testid=state-line][data-held=hidden]').waitFor();
        },
      },
    ],
  },
  {
    name: 'state-import',
    open: {},
    scenes: [
      importError('type', 'notes.pdf', 'application/pdf', '%PDF-1.7'),
      importError('binary', 'notes.txt', 'text/plain', 'a\0b'),
      importError('too-short', 'short.txt', 'text/plain', 'Too short.'),
    ],
  },
  {
    name: 'state-stored',
    open: { query: { clip_ratio_high: '0.3' } },
    scenes: [
      {
        name: 'offered',
        async show(page) {
          await storeRun(page);
          await page.getByTestId('resume-other').waitFor();
        },
      },
      {
        name: 'waits',
        async show(page) {
          await page.goto(page.url().split('?')[0]);
          await page.getByTestId('resume-offer').waitFor();
        },
      },
    ],
  },
  {
    name: 'state-storage',
    open: {},
    scenes: [
      {
        name: 'memory',
        async show(page) {
          await page.getByTestId('start-here').waitFor();
          await emit(page, { type: 'kept', where: 'memory' });
          await page.getByTestId('not-stored').waitFor();
        },
      },
    ],
  },
  {
    name: 'state-opening',
    open: {},
    scenes: [
      {
        name: 'kernels',
        async show(page) {
          await page.getByTestId('start-here').waitFor();
          await emit(page, { type: 'state', state: 'opening', step: 0, reason: null });
          await emit(page, { type: 'opening', message: 'kernels', ready: 7, total: 12 });
        },
      },
    ],
  },
  {
    name: 'state-import',
    open: {},
    scenes: [
      {
        name: 'columns',
        async show(page) {
          await page.getByTestId('start-here').waitFor();
          const row = {
            q: 'Where did Ada move?',
            body: 'In the year 1204 the mill was sold. '.repeat(4),
            label: 'Bath',
          };
          await page
            .getByTestId('file-input')
            .first()
            .setInputFiles({
              name: 'faq.jsonl',
              mimeType: 'application/x-ndjson',
              buffer: Buffer.from(`${JSON.stringify(row)}\n`.repeat(3)),
            });
          await page.getByTestId('columns-dialog').waitFor();
        },
      },
    ],
  },
  {
    name: 'state-none',
    open: { before: () => Object.defineProperty(navigator, 'gpu', { value: undefined }) },
    scenes: [
      errorPanel('webgpu'),
      {
        name: 'replay',
        async show(page) {
          await page.getByTestId('replay-label').waitFor();
          await page.getByTestId('answer-row').first().waitFor();
          await page.waitForTimeout(4000);
          await page.keyboard.press(' ');
          await page.getByTestId('start-button').waitFor();
        },
      },
      {
        name: 'replay-lab',
        async show(page) {
          await page.getByTestId('level-lab').click();
          await page.getByTestId('overview').waitFor();
        },
      },
    ],
  },
  {
    name: 'state-adapter',
    open: {
      before: () => {
        GPU.prototype.requestAdapter = async () => null;
      },
    },
    scenes: [errorPanel('none')],
  },
  {
    name: 'state-insecure',
    open: { before: () => Object.defineProperty(window, 'isSecureContext', { value: false }) },
    scenes: [errorPanel('context')],
  },
];

/** A file that cannot be the document is given to the page. */
function importError(name: string, file: string, mimeType: string, text: string): Scene {
  return {
    name,
    async show(page) {
      await page.getByTestId('start-here').waitFor();
      const dismiss = page.getByTestId('error-panel').getByTitle('Dismiss');
      while ((await dismiss.count()) > 0) await dismiss.first().click();
      await page.getByTestId('file-input').setInputFiles({ name: file, mimeType, buffer: Buffer.from(text) });
      await page.getByTestId('error-panel').waitFor();
    },
  };
}

/** The page as it is met by who has trained here before. */
async function storeRun(page: Page): Promise<void> {
  await page.evaluate(async () => {
    sessionStorage.setItem('fake.stored', '1');
    await (await navigator.storage.getDirectory()).getDirectoryHandle('runs', { create: true });
  });
  await page.reload();
}

function errorPanel(name: string): Scene {
  return { name, show: (page) => page.getByTestId('error-panel').first().waitFor() };
}

export const visits: Visit[] = [play, lab, ...states];

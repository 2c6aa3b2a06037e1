/**
 * @file Pictures of every screen and state in light and dark and at three widths, to be looked at (`npm run shots`).
 *
 *   shots/{visit}-{scene}-{scheme}-{width}.png    on the fake engine, so that every state can be had
 *   docs/screenshots/play-*.png                   the README's, of the real page training on the software adapter
 *
 * `npm run shots -- -t lab` takes those whose name holds "lab".
 */
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openFakePage } from '../support/fake-page';
import { type OpenedPage, openPage } from '../support/page';
import { visits } from './scenes';

type Page = OpenedPage['page'];

const schemes = ['light', 'dark'] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 900, height: 900 },
  { width: 390, height: 844 },
];
mkdirSync('shots', { recursive: true });

/** Shows the page in a size and a scheme; curves draw themselves anew a frame or two later. */
async function present(page: Page, colorScheme: 'light' | 'dark', size: (typeof sizes)[number]) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
  await page.waitForTimeout(250);
}

describe.each(visits)('$name', ({ name, open, scenes }) => {
  it('is pictured', async () => {
    // What is hidden from the page is hidden from the real one: it never gets as far as an engine.
    const { page, close } = await (open.before ? openPage(open) : openFakePage(open));
    try {
      for (const scene of scenes) {
        await page.setViewportSize(sizes[0]);
        await scene.show(page);
        for (const size of sizes)
          for (const scheme of schemes) {
            await present(page, scheme, size);
            const path = `shots/${name}-${scene.name}-${scheme}-${size.width}.png`;
            const { length } = await page.screenshot({ path });
            expect(length, path).toBeGreaterThan(5000);
          }
      }
    } finally {
      await close();
    }
  });
});

describe('readme', () => {
  it('is pictured from a run on the software adapter', async () => {
    // Small batches: the pictures show the page, not a result, and a software adapter is slow.
    const { page, errors, close } = await openPage({
      query: {
        autostart: '1',
        train_batch_size: '4',
        gen_batch_size: '8',
        mini_batch_size: '1',
        'filter_groups.max_num_gen_batches': '1',
      },
    });
    try {
      await page.waitForFunction(
        () => Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) > 6,
        null,
        { timeout: 570_000 },
      );
      for (const scheme of schemes)
        for (const [size, suffix] of [
          [sizes[0], ''],
          [sizes[2], '-phone'],
        ] as const) {
          await present(page, scheme, size);
          await page.screenshot({ path: `docs/screenshots/play-${scheme}${suffix}.png` });
        }
      expect(errors).toEqual([]);
    } finally {
      await close();
    }
  });
});

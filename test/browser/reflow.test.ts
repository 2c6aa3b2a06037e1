/** @file No screen of Play or the Lab scrolls sideways on a phone, nor at 320 CSS pixels, 400 % of a usual window (WCAG 1.4.10). */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { visits } from '../shots/scenes';
import { openFakePage } from '../support/fake-page';

/** Boxes that can be scrolled sideways by what is in them: the page, and dialogs. Tables and charts may scroll in themselves. */
const tooWide = (page: Page) =>
  page.evaluate(() =>
    [document.scrollingElement, ...document.querySelectorAll('[role=dialog], [role=alertdialog]')]
      .filter((box) => box !== null && box.scrollWidth > box.clientWidth)
      .map(
        (box) =>
          `${box?.getAttribute('data-testid') ?? box?.tagName}: ${box?.scrollWidth} in ${box?.clientWidth}`,
      ),
  );

describe.each(visits.filter(({ name }) => name === 'play' || name === 'lab'))('$name', ({ open, scenes }) => {
  it('fits the width of a phone', async () => {
    const { page, close } = await openFakePage({ ...open, viewport: { width: 1440, height: 900 } });
    const found: string[] = [];
    for (const scene of scenes) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await scene.show(page);
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        await page.waitForTimeout(120);
        for (const box of await tooWide(page)) found.push(`${scene.name} at ${width}: ${box}`);
      }
    }
    await close();
    expect(found).toEqual([]);
  });
});

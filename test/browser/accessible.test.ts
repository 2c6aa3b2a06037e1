/** @file The page by axe-core's rules, in both colour schemes and three widths. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { openFakePage } from '../support/fake-page';

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** The part of axe-core's global that is used here. */
interface AxeWindow {
  axe: { run(context: { exclude: string[] }): Promise<{ violations: Violation[] }> };
}

describe.each(['light', 'dark'] as const)(
  'the %s page has no violation of accessibility rules',
  (colorScheme) => {
    it.each([1440, 900, 390])('at %i pixels, before the start and after some steps', async (width) => {
      const { page, close } = await openFakePage({ colorScheme, viewport: { width, height: 900 } });
      try {
        await page.getByTestId('start-here').waitFor();
        // The page's policy allows no added script, so axe comes through the debugger.
        await page.evaluate(axe.source);
        expect(await violations(page)).toEqual([]);
        await page.getByTestId('start-here').click();
        await page.getByTestId('token-text').waitFor();
        await page.getByTestId('dropped').waitFor();
        await page.keyboard.press(' ');
        await page.getByTestId('flip-reward').first().click();
        await page.keyboard.press('/');
        await page.getByTestId('search-field').fill('the');
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByTestId('settings-button').click();
        await page.getByTestId('find-setting').waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByTestId('document-text').focus();
        await page.keyboard.press('?');
        await page.getByTestId('keys-dialog').waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByTestId('keys-dialog').waitFor({ state: 'detached' });
        for (const key of 'mjmv') await page.keyboard.press(key);
        await page.getByTestId('marked-pair').waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByTestId('marked-pair').waitFor({ state: 'detached' });
        await page.keyboard.press('f');
        await page.getByTestId('run-row').first().getByTestId('run-fork').click();
        await page.getByTestId('fork-setting').selectOption('lr');
        await page.getByTestId('run-row').nth(1).getByTestId('run-notes').click();
        await page.getByTestId('run-notes-text').waitFor();
        expect(await violations(page)).toEqual([]);
        await page.screenshot({ path: `test/browser/screenshots/runs-${colorScheme}-${width}.png` });
        await page.keyboard.press('Escape');
        await page.keyboard.press('v');
        await page.getByTestId('first-difference').first().waitFor();
        expect(await violations(page)).toEqual([]);
        await page.screenshot({ path: `test/browser/screenshots/compare-${colorScheme}-${width}.png` });
        await page.keyboard.press('Escape');
        await page.evaluate(() => {
          window.fake.emit({ type: 'error', code: 'train.nonfinite', message: 'NaN.', advice: 'Less.' });
          window.fake.emit({ type: 'state', state: 'failed', step: 3, reason: 'train.nonfinite' });
        });
        await page.getByTestId('inspect-failed').click();
        await page.getByTestId('failed-answer').first().waitFor();
        expect(await violations(page)).toEqual([]);
      } finally {
        await close();
      }
    });
  },
);

async function violations(page: Awaited<ReturnType<typeof openFakePage>>['page']): Promise<string[]> {
  // What a modal window dims is out of reach until it closes, and is looked at without it.
  const found = await page.evaluate(() =>
    (window as unknown as AxeWindow).axe.run({ exclude: ['[data-base-ui-inert]'] }),
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

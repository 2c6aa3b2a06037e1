/** @file Links to the Lab, and its accessibility in both schemes and at three widths, on the fake engine. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { labViews } from '../../src/ui/state/link';
import { openFakePage } from '../support/fake-page';
import { openLab, openOwn, query, show, viewport } from '../support/lab-page';
import type { OpenedPage } from '../support/page';

type Page = OpenedPage['page'];

describe('links', () => {
  it('bring the view, step, group, answer and token back, once the run is there', async () => {
    const { page, errors } = await openOwn(
      openFakePage({
        query: { ...query, autostart: '1', seed: '5' },
        hash: 'view=rollouts&step=2&group=0&sample=3&tok=4&color=ratio&smooth=0.2',
        viewport,
      }),
    );
    const path = page.getByTestId('inspector-path');
    await path.getByText('step 2 · group 0 · answer 3 · token 5').waitFor();
    await page.locator('[data-testid=view-rollouts][aria-current=page]').waitFor();
    await page.getByRole('button', { name: /^ratio/, pressed: true }).waitFor();
    await page.waitForFunction(
      () => location.hash.includes('sample=3') && location.hash.includes('smooth=0.2'),
    );
    expect(errors).toEqual([]);
  });

  it('notice what they do not know, hide what they name, and walk back and forth', async () => {
    const { page } = await openOwn(
      openFakePage({
        query: { ...query, hide: 'export,reset,judge,runs,compare,speed,part' },
        hash: 'veiw=data',
        viewport,
      }),
    );
    await page.getByText('link.unknown').waitFor();
    expect(await page.getByTestId('view-export').count()).toBe(0);
    const away = [
      'reset-button',
      'judge-button',
      'runs-button',
      'open-compare',
      'speed-select',
      'part-button',
    ];
    for (const name of away) expect(await page.getByTestId(name).isVisible(), name).toBe(false);
    await page.keyboard.press('v');
    await page.keyboard.press('f');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('[data-testid=view-eval][aria-current=page]').waitFor();
    await show(page, 'data');
    await page.goBack();
    await page.locator('[data-testid=view-eval][aria-current=page]').waitFor();
    await page.goForward();
    await page.locator('[data-testid=view-data][aria-current=page]').waitFor();
  });

  it('lead from Play to a view by g, and to the keys of where one is by ?', async () => {
    const { page } = await openOwn(openFakePage({ query: { preset: 'micro', autostart: '1' }, viewport }));
    await page.getByTestId('answer-row').first().waitFor();
    await page.getByTestId('token-list').focus();
    await page.keyboard.press('?');
    const scope = page.getByTestId('keys-scope').first();
    expect(await scope.getByRole('heading').textContent()).toBe('Tokens (here)');
    await page.keyboard.press('Escape');
    await scope.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.locator('[data-testid=view-curriculum][aria-current=page]').waitFor();
    await page.goBack();
    await page.getByTestId('lab').waitFor({ state: 'detached' });
  });

  it('open the comparison with the runs they name, n and N walk in it, and Back closes it', async () => {
    const { page, errors } = await openOwn(
      openFakePage({ query, hash: 'compare=run-a,run-b,run-e', viewport }),
    );
    const view = page.getByTestId('compare-window');
    await view.getByTestId('compare-verdict').waitFor();
    expect(await view.getByTestId('compare-a').inputValue()).toBe('run-a');
    const chart = view.locator('figure').first();
    expect(await chart.getByTestId('compared-line').count()).toBe(3);
    expect(await chart.getByTestId('seed-band').first().getAttribute('points')).toMatch(/\d,/);
    await view.getByTestId('compare-equal').getByText('settings equal').click();
    await view
      .getByTestId('compare-equal')
      .getByText(/^group_size \d/)
      .waitFor();
    await view.getByText('question 2 of 2').or(view.getByText('question 1 of 2')).waitFor();
    await page.keyboard.press('p');
    await view.getByText('question 1 of 2').waitFor();
    await page.keyboard.press('n');
    await view.getByText('question 2 of 2').waitFor();
    await page.keyboard.press('P');
    await expect.poll(() => view.getByTestId('compare-step').inputValue()).toBe('59');
    await view.getByTestId('compare-scrubber').fill('9');
    await expect.poll(() => view.getByTestId('compare-step').inputValue()).toBe('10');
    await view.getByTestId('compare-also-away').click();
    await page.waitForFunction(() => location.hash.endsWith('compare=run-a%2Crun-b'));
    await page.keyboard.press('Escape');
    await view.waitFor({ state: 'detached' });
    await page.keyboard.press('v');
    await view.waitFor();
    await page.goBack();
    await view.waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  it('are shared with the word that the document is not in them', async () => {
    const { page } = await openLab();
    await page.keyboard.press('s');
    const panel = page.getByTestId('share-panel');
    await panel.getByText('The document’s text is not in it').waitFor();
    await page.waitForFunction(
      () => (document.querySelector('[data-testid=share-link]') as HTMLInputElement | null)?.value !== '',
    );
    const link = await page.getByTestId('share-link').inputValue();
    expect(link).toContain('preset=micro');
    expect(link).toContain('seed=1');
    expect(link).toContain('level=lab');
    expect(link.length).toBeLessThan(400);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });
});

type Rules = { runOnly?: string[]; rules?: Record<string, { enabled: boolean }> };

interface AxeWindow {
  axe: {
    run(
      options: Rules,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
  };
}

/** Colours do not depend on the width, nor anything else on the colours; their rule takes most of the time. */
const everything: Rules = {};
const colours: Rules = { runOnly: ['color-contrast'] };
const allButColours: Rules = { rules: { 'color-contrast': { enabled: false } } };

describe('the Lab has no violation of accessibility rules', () => {
  it.each([
    ['light', 1440, everything],
    ['light', 900, allButColours],
    ['light', 390, allButColours],
    ['dark', 1440, colours],
    ['dark', 900, allButColours],
    ['dark', 390, allButColours],
  ] as const)('%s at %i pixels, in every view, and fits its width', async (colorScheme, width, rules) => {
    const { page } = await openLab();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(axe.source);
    const found: string[] = [];
    if (width === 390) {
      await page.getByTestId('open-inspector').click();
      found.push(...(await violations(page, 'inspector', rules)));
    }
    for (const view of labViews) {
      await show(page, view);
      if (view === 'eval') {
        await page.getByTestId('ask-suites').click();
        await page.getByTestId('heat-table').waitFor();
      }
      await page.waitForTimeout(80);
      found.push(...(await violations(page, view, rules)));
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) found.push(`${view} is ${over} px too wide`);
    }
    expect(found).toEqual([]);
  });
});

async function violations(page: Page, view: string, rules: Rules): Promise<string[]> {
  const found = await page.evaluate((options) => (window as unknown as AxeWindow).axe.run(options), rules);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${view} ${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

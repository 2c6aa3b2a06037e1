/** @file Tokens, groups and clip plot of Play in Chromium, on the fake workers. */
import { afterEach, describe, expect, it } from 'vitest';
import { presets } from '../../src/run/presets';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage, OpenPageOptions } from '../support/page';
import { openTrainedPage } from '../support/trained-page';

type Page = OpenedPage['page'];

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(options?: OpenPageOptions): Promise<OpenedPage> {
  opened = await openFakePage(options);
  return opened;
}

async function openTrained(prepare?: (page: Page) => Promise<void>): Promise<OpenedPage> {
  opened = await openTrainedPage(prepare);
  return opened;
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

describe('the tokens of an answer', () => {
  it.each(['highlights', 'spans'])('10,000 of them recolour without a long task, by %s', async (painter) => {
    // The long answer is the first of the first group of the step.
    const { page, errors } = await open({ hash: 'step=1&group=0' });
    if (painter === 'spans') {
      await page.addInitScript(() => Reflect.deleteProperty(window, 'Highlight'));
      await page.reload();
    }
    await page.getByTestId('start-here').waitFor();
    await page.evaluate(() => {
      window.fake.longTokens = 10_000;
    });
    await page.keyboard.press('.');
    const text = page.getByTestId('token-text');
    await expect.poll(async () => Number(await text.getAttribute('data-tokens'))).toBeGreaterThan(10_000);
    expect(await text.getAttribute('data-painter')).toBe(painter);
    const { longest, frames } = await longestTasks(page, ['2', '3', '4', '6', '7', '1', '2', '3', '4', '7']);
    const rounded = (values: number[]) => values.map((value) => value.toFixed(0)).join(' ');
    console.log(`${painter}: frame ms ${rounded(frames)} · tasks over 50 ms ${rounded(longest)}`);
    // Times depend on who else uses the machine; that only what is in view is painted does not.
    const touched = await page.evaluate(
      () =>
        document.querySelectorAll('[data-token][data-bin]').length +
        [...(CSS.highlights?.values() ?? [])].reduce((sum, look) => sum + look.size, 0),
    );
    expect(touched).toBeGreaterThan(0);
    expect(touched).toBeLessThan(3000);
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
    const painted = () =>
      page.evaluate(() => [...CSS.highlights.keys()].filter((name) => /^s\d/.test(name)).length);
    await expect.poll(painted).toBeGreaterThan(2);
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
    // The panel may be a frame behind the buttons.
    const step = (await page.getByTestId('step-count').textContent())?.replace(/\D/g, '');
    await page.getByTestId('group-panel').getByText(`step ${step} ·`).waitFor();
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
    await expect.poll(advantages).toEqual(before);
  });
});

describe('a group', () => {
  it('has the heads of all eight answers in sight on a usual screen, whichever is chosen', async () => {
    const { page } = await openTrained();
    const rows = page.getByTestId('answer-row');
    /** Answers of which reward, length and the first words lie whole in the list's box. */
    const inSight = () =>
      rows.evaluateAll((all) => {
        const box = all[0].parentElement?.getBoundingClientRect();
        return all.filter((row) => {
          const parts = [...row.querySelectorAll('[data-testid=flip-reward], [data-testid=answer-length]')];
          const text = row.querySelector('[data-testid=answer-length] + *');
          if (!box || !text || parts.length < 2) return false;
          const first = text.getBoundingClientRect();
          const ends = [...parts.map((part) => part.getBoundingClientRect().bottom), first.top + 16];
          return row.getBoundingClientRect().top >= box.top - 1 && Math.max(...ends) <= box.bottom + 1;
        }).length;
      });
    for (const chosen of [0, 3, 7]) {
      await rows.nth(chosen).locator('[id^=answer-]').click();
      await page.locator(`#answer-${chosen}[aria-current=true]`).waitFor();
      expect(await rows.count()).toBe(8);
      expect(await inSight(), `answer ${chosen + 1} chosen`).toBe(8);
      expect(await page.getByTestId('reward-breakdown').isVisible()).toBe(true);
    }
    expect(await rows.nth(7).getByTestId('answer-length').textContent()).toMatch(/^\d+ tok$/);
    await page.screenshot({ path: 'test/browser/screenshots/eight-answers.png' });
    await page.setViewportSize({ width: 1000, height: 900 });
    expect(await inSight(), 'in two columns').toBe(8);
    await page.screenshot({ path: 'test/browser/screenshots/eight-answers-1000.png' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: 'test/browser/screenshots/eight-answers-390.png', fullPage: true });
  });
});

describe('dropped groups', () => {
  it('are counted by reason and open with their answers', async () => {
    const { page } = await openTrained(async (fresh) => {
      // Few answers make uniform groups likely.
      await fresh.getByTestId('settings-button').click();
      await fresh.getByTestId('find-setting').fill('group_size');
      await fresh.locator('[data-setting=group_size]').getByRole('textbox').fill('2');
      await fresh.keyboard.press('Enter');
      await fresh.keyboard.press('Escape');
    });
    const line = page.getByTestId('dropped').getByRole('button');
    await expect.poll(() => line.textContent()).toMatch(/dropped this step: \d+ all (right|wrong)/);
    await line.click();
    await page.getByTestId('dropped-list').getByRole('button').first().click();
    await expect
      .poll(() => page.getByTestId('drop-reason').textContent())
      .toMatch(/^dropped: all (right|wrong)/);
  });
});

describe('a question of the pool', () => {
  it('says that it came back, how often it was seen and how it went; a fresh one says nothing', async () => {
    const { page } = await openTrained();
    await page.getByTestId('answer-row').first().waitFor();
    expect(await page.getByTestId('from-pool').count()).toBe(0);
    await page.evaluate(() => {
      const last = window.fake.records[window.fake.records.length - 1];
      const step = last.step + 1;
      const groups = last.groups.map((group, i) => ({
        ...group,
        uid: `${step}-1-${i}`,
        step,
        retrospective: { visits: 3, lastReward: 0.25 },
      }));
      window.fake.emit({ type: 'step', record: { ...last, step, groups } });
    });
    const badge = page.getByTestId('from-pool');
    // A held page stays at the step it shows, which may be some before the newest.
    await expect
      .poll(async () => {
        await page.keyboard.press('N');
        return badge.count();
      })
      .toBe(1);
    expect(await badge.textContent()).toBe('from pool');
    expect(await badge.getAttribute('title')).toMatch(/seen 3× before, last mean reward 0\.25/);
  });
});

describe('a step of which every group was dropped', () => {
  it('says so, opens what was dropped, and goes on as a person chooses', async () => {
    const { page, errors } = await openTrained();
    const { step, count } = await page.evaluate(() => {
      const last = window.fake.records[window.fake.records.length - 1];
      const next = last.step + 1;
      const groups = last.groups.map((group, i) => ({
        ...group,
        ...{ uid: `${next}-1-${i}`, step: next, kept: false, dropReason: 'all wrong' },
      }));
      window.fake.emit({ type: 'groups', step: next, groups });
      const words = { message: '0 of 16 groups vary after 10 rounds.', advice: 'Choose how to go on.' };
      window.fake.emit({ type: 'error', code: 'sampling.bound', ...words });
      window.fake.emit({ type: 'state', state: 'paused', step: last.step, reason: 'sampling.bound' });
      return { step: next, count: groups.length };
    });
    await page
      .getByTestId('all-dropped')
      .getByText(`all ${count} groups of step ${step} were dropped`)
      .waitFor();
    await page.getByTestId('show-dropped').click();
    const items = page.getByTestId('dropped-list').getByRole('button');
    expect(await items.count()).toBe(count);
    await items.nth(2).click();
    await expect.poll(() => page.getByTestId('drop-reason').textContent()).toMatch(/^dropped: all wrong/);
    const problem = page.locator('[data-testid=error-panel][data-code="sampling.bound"]');
    for (const name of [/^Train on the groups/, /^Up to \d+ rounds/, /^Temperature/])
      expect(await problem.getByRole('button', { name }).isEnabled(), String(name)).toBe(true);
    await problem.getByRole('button', { name: /^Temperature/ }).click();
    await page.getByTestId('pause-button').waitFor();
    await problem.waitFor({ state: 'detached' });
    const calls = await page.evaluate(() => window.fake.calls.map(({ argument }) => argument));
    expect(calls).toEqual([{ temperature: expect.closeTo(presets.micro.temperature + 0.2, 9) }]);
    expect(errors).toEqual([]);
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

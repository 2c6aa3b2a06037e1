/** @file Controls show their effect on the step on screen before training uses it, marked as never trained. */
import { afterEach, describe, expect, it } from 'vitest';
import { openRested, records } from '../support/lab-page';
import type { OpenedPage } from '../support/page';

let own: OpenedPage | null = null;
afterEach(async () => {
  await own?.close();
  own = null;
});

type Page = OpenedPage['page'];

async function setting(page: Page, name: string) {
  await page.getByTestId('find-setting').fill(name);
  return page.locator(`[data-setting="${name}"]`);
}

describe('a control', () => {
  it('shows what it would do to the step on screen: advantages, ramp, weights, dropped groups; a step with it ends the what-if', async () => {
    own = await openRested({
      query: { level: 'lab', preset: 'micro', autostart: '1', 'overlong_buffer.len': '8', curriculum: '' },
    });
    const { page, errors } = own;
    const breakdown = page.getByTestId('reward-breakdown');
    const slot = page.getByTestId('token-slot');
    expect(await breakdown.textContent()).toContain('/ (');
    expect(await page.getByTestId('imagined').count()).toBe(0);
    expect(await page.getByTestId('prompt-tail').textContent()).toMatch(/…(.*)<think>$/);

    await page.getByTestId('settings-button').click();
    await (await setting(page, 'norm_adv_by_std')).getByRole('checkbox').click();
    await page.getByTestId('imagined').first().waitFor();
    expect(await breakdown.textContent()).not.toContain('/ (');
    expect(await breakdown.textContent()).toContain('what-if, not trained: with norm_adv_by_std off');

    const before = await slot.textContent();
    await (await setting(page, 'loss_agg_mode')).locator('select').selectOption('seq-mean-token-sum');
    await expect.poll(() => slot.textContent()).not.toBe(before);

    const buffer = await setting(page, 'overlong_buffer.len');
    const field = buffer.getByRole('textbox');
    await field.fill('40');
    await field.press('Enter');
    await page.locator('[data-testid=overlong-ramp]:not([data-penalised="0"])').waitFor();
    const ramp = await page.getByTestId('overlong-ramp').textContent();
    const all = await records(page);
    const answers = all[all.length - 1].groups.flatMap((group) => group.answers);
    const longest = Number(/at (\d+):/.exec(ramp ?? '')?.[1]);
    const beyond = answers.filter(({ length }) => length > longest - 40).length;
    expect(ramp).toContain(`${beyond} of the ${answers.length} answers`);
    expect(await page.getByTestId('reward-formula').textContent()).toMatch(/overlong −0\.\d+ = /);

    await (await setting(page, 'filter_groups.enable')).getByRole('checkbox').click();
    await page.keyboard.press('Escape');
    await page.getByTestId('view-rollouts').click();
    await page.getByTestId('rollouts').getByTestId('imagined').waitFor();
    const dropped = () => page.getByTestId('tab-dropped').textContent();
    await page.getByTestId('tab-dropped').click();
    expect(await page.getByTestId('dropped-line').count()).toBe(0);
    expect(await dropped()).not.toBe('');

    await page.getByTestId('step-button').click();
    await page.waitForFunction((steps) => window.fake.records.length > steps, all.length);
    await page.getByTestId('newest').or(page.getByTestId('rollouts')).first().waitFor();
    await expect.poll(() => page.getByTestId('imagined').count()).toBe(0);
    expect(errors).toEqual([]);
  });
});

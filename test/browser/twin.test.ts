/** @file Twin runs on the real page: in lock-step, compared step by step, with further seeds. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RunFolder } from '../../src/run/folder';
import { Recording } from '../../src/run/recording';
import { makeProfile, type Profile } from '../support/profile';
import { repeatable, storedRuns } from '../support/stored-runs';
import { stepOf, tinyRun, waitForStep } from '../support/tiny-run';

let profile: Profile | null = null;
afterEach(async () => {
  await profile?.remove();
  profile = null;
});

/** Tokens of a step's last update whose answers have an advantage, as the run's files have them. */
async function dotsIn(folder: RunFolder, step: number): Promise<number> {
  const view = await (await Recording.open('run', folder.store, null)).view(step);
  const answers = (view?.groups ?? []).filter(({ kept }) => kept).flatMap((group) => group.answers);
  const last = Math.max(...answers.map(({ update }) => update));
  return answers
    .filter(({ update, advantage }) => update === last && advantage !== 0)
    .reduce((sum, { tokens, policyMask }) => sum + tokens.filter((_, i) => policyMask?.[i] !== 0).length, 0);
}

describe('twin runs', () => {
  it('with nothing different stay identical; one that does not learn parts at a marked token', async () => {
    profile = makeProfile();
    const page = await profile.open({ ...tinyRun, autostart: '1', lr: '0.003', lr_warmup_steps: '0' });
    await waitForStep(page, 1);
    await page.getByTestId('pause-button').click();
    await page.getByTestId('start-button').waitFor({ timeout: 60_000 });
    await page.keyboard.press('v');
    const begin = async (setting: string, value?: string) => {
      await page.getByTestId('twin-setting').selectOption(setting);
      if (value !== undefined) await page.getByTestId('twin-value').fill(value);
      await page.getByTestId('twin-start').click();
      await page.getByTestId('twin-running').waitFor({ timeout: 90_000 });
    };
    const trainTo = async (step: number) => {
      await page.getByTestId('compare-train').click();
      await waitForStep(page, step);
      await page.getByTestId('compare-train').click();
      await page.getByTestId('compare-train').filter({ hasText: 'Train' }).waitFor({ timeout: 60_000 });
    };
    await begin('');
    await trainTo(4);
    const verdict = page.getByTestId('compare-verdict');
    await verdict.getByText('Identical').waitFor({ timeout: 10_000 });
    const pair = [...(await storedRuns(page)).values()];
    expect(pair).toHaveLength(2);
    const [a, b] = await Promise.all(pair.map((folder) => folder.readMetrics()));
    expect(Math.min(a.length, b.length)).toBeGreaterThanOrEqual(4);
    expect(b.map(repeatable)).toEqual(a.map(repeatable));
    await page.screenshot({ path: 'test/browser/screenshots/compare-identical.png' });

    await page.getByTestId('twin-running').getByRole('button').click();
    await begin('lr', '0');
    await trainTo((await stepOf(page)) + 5);
    await verdict.getByText('1 seed').waitFor({ timeout: 10_000 });
    expect(await page.getByTestId('compare-differences').textContent()).toContain('lr 0.003 → 0');
    await page.getByTestId('first-difference').first().waitFor({ timeout: 10_000 });
    await page.screenshot({ path: 'test/browser/screenshots/compare-differs.png' });

    // Each run's tokens of the step under its own bounds, on one pair of axes.
    const plots = page.getByTestId('compared-clip');
    expect(await plots.getByTestId('clip-plot').count()).toBe(2);
    // Read at one moment: the plots may still go on to the runs' last step.
    const shown = await page.getByRole('region', { name: /^Clip plots of step/ }).evaluate((region) => ({
      step: Number(region.getAttribute('aria-label')?.match(/step (\d+)/)?.[1]),
      captions: [...region.querySelectorAll('figcaption')].map((caption) => caption.textContent),
    }));
    const folders = await storedRuns(page);
    for (const [side, mark] of ['A ●', 'B ▲'].entries()) {
      const folder = folders.get(await page.getByTestId(`compare-${'ab'[side]}`).inputValue());
      if (!folder) throw new Error(`run ${mark} is not stored`);
      // A group whose answers were all worth the same has no dots, whichever run's it is.
      const dots = await dotsIn(folder, shown.step);
      expect(shown.captions[side]).toBe(`${mark} ε 0.20 / 0.28 ${dots} tokens, update 2 of 2, × clipped`);
    }
    // Without a learning rate no ratio ever leaves 1.
    expect(await plots.nth(1).textContent()).toContain('clipped low ↓ 0.0 % · clipped high ↑ 0.0 %');

    // Further seeds of the pair join the verdict as they are whole; stopped, the rest leaves nothing.
    const before = [...(await storedRuns(page)).keys()];
    const common = (await stepOf(page)) - 1;
    await page.getByTestId('more-seeds').click();
    await page.getByTestId('seeds-progress').getByText('seed 6, pair 1 of 5').waitFor();
    await verdict.getByText('2 seeds').waitFor({ timeout: 300_000 });
    await page.getByTestId('seeds-stop').click();
    await page.getByTestId('more-seeds').waitFor({ timeout: 60_000 });
    expect(await verdict.textContent()).toMatch(/2 seeds: Δreward .* ± .* \(95 % interval\)/);
    const further = [...(await storedRuns(page))].filter(([id]) => !before.includes(id));
    expect(further.map(([id]) => id.slice(-3)).sort()).toEqual(['-a6', '-b6']);
    for (const [, folder] of further)
      expect((await folder.readMetrics()).length).toBeGreaterThanOrEqual(common);
    await page.screenshot({ path: 'test/browser/screenshots/compare-seeds.png' });
  });
});

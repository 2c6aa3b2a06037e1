import { describe, expect, it } from 'vitest';
import { evaluationSamples } from '../../src/evaluation/held-out';
import { makeConfig } from '../../src/run/config';
import { evalMetric } from '../../src/run/eval-metric';
import { RunFolder } from '../../src/run/folder';
import { presets } from '../../src/run/presets';
import type { LongDocument } from '../../src/tasks/types';
import { restoredView } from '../../workers/restored';
import { chooseStart } from '../../workers/run-start';
import { fakeDisk } from '../support/fake-disk';
import { writeRun } from '../support/run-fixture';

const here: LongDocument = { id: 'here', title: 'On screen', text: 'Text.', source: 'generated' };

async function stored(disk: ReturnType<typeof fakeDisk>) {
  await writeRun(await disk.open('run-1', true));
  return new RunFolder(await disk.open('run-1', false), () => 1000);
}

const options = (more: object) => ({ runId: 'run-1', settings: {}, document: here, ...more });

describe('what a run starts from', () => {
  it('a stored run goes on from its last checkpoint, with its own document and all that was changed', async () => {
    const disk = fakeDisk();
    const folder = await stored(disk);
    const changed = makeConfig('micro', { clip_ratio_high: 0.33 });
    // Made while step 5 trained, which was lost.
    await folder.recordChanges(5, presets.micro, changed);
    const place = { folder, disk, software: true };
    const start = await chooseStart(options({ resume: true, settings: { lr: 1e-4 } }), place);
    expect(start.checkpoint.trainerState.global_step).toBe(3);
    expect(start.resume).toBe(true);
    expect(start.document.id).toBe('d');
    expect(start.config).toEqual({ ...changed, lr: 1e-4 });
    // The folder says the same from the step that comes next.
    expect(await folder.readConfig(4)).toEqual(start.config);
    expect(await folder.readConfig(3)).toEqual(presets.micro);
  });

  it('a fork begins at the step asked for, with the settings of that step and what differs', async () => {
    const disk = fakeDisk();
    const folder = await stored(disk);
    await folder.recordChanges(3, presets.micro, makeConfig('micro', { lr: 1e-4 }));
    const place = { folder: new RunFolder(await disk.open('run-2', true)), disk, software: true };
    const fork = { runId: 'run-1', step: 2 };
    const start = await chooseStart(options({ runId: 'run-2', fork, settings: { group_size: 4 } }), place);
    expect(start.config).toEqual(makeConfig('micro', { group_size: 4 }));
    expect(start.checkpoint.trainerState.global_step).toBe(2);
    expect(start.past?.origin).toEqual({ run: 'run-1', name: 'brave-otter', step: 2 });
    await expect(
      chooseStart(options({ fork: { runId: 'run-1', step: 1 } }), place),
      'step 1 has left its slot',
    ).rejects.toMatchObject({ code: 'checkpoint.unfinished' });
  });

  it('a folder without its text needs the page to hold it', async () => {
    const disk = fakeDisk();
    const folder = await stored(disk);
    await folder.store.remove('documents');
    const place = { folder, disk, software: true };
    await expect(chooseStart(options({ resume: true }), place)).rejects.toMatchObject({
      code: 'run.document',
    });
    const same = { ...here, id: 'd' };
    expect((await chooseStart(options({ resume: true, document: same }), place)).document).toBe(same);
  });

  it('shows of the past what came before the step it goes on from', async () => {
    const folder = await stored(fakeDisk());
    await folder.recordMetrics(2, {
      [evalMetric('imported', 'acc', 'mean', evaluationSamples)]: 0.5,
      'val-core/imported/acc/greedy': 0.25,
    });
    const document: LongDocument = { ...here, source: 'imported' };
    const view = await restoredView('run-1', folder, 2, presets.micro, document);
    expect(view.rows.map(({ step }) => step)).toEqual([1, 2]);
    expect(view.rows[0].metrics).toEqual({ 'critic/rewards/mean': 0.1 });
    expect(view.evaluations).toMatchObject([{ step: 2, sampledReward: 0.5, greedyAccuracy: 0.25 }]);
    expect(view.name).toBe('brave-otter');
  });
});

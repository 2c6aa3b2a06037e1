/** @file Trials kept between calls of a proof. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ProofIdentity, signed, TrialFile } from '../../src/cli/trials';
import { makeConfig } from '../../src/run/config';

const identity: ProofIdentity = {
  config: makeConfig('micro', {}),
  document: 'A text',
  adapter: { vendor: 'v', architecture: 'a', description: 'x', software: true },
};
const trial = { arm: 'max', seed: 2, steps: 40, after: 0.5 };
let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'trials-')), 'proof.json');
});

describe('TrialFile', () => {
  it('finds in a later call what an earlier one added, by arm, seed and steps', async () => {
    const first = await TrialFile.open<typeof trial>(file, identity);
    expect(first.trials).toEqual([]);
    await first.add(trial);
    const later = await TrialFile.open<typeof trial>(file, identity);
    expect(later.find('max', 2, 40)).toEqual(trial);
    expect(later.find('max', 2, 41)).toBeUndefined();
    expect(later.find('rule', 2, 40)).toBeUndefined();
    await later.save({ difference: 1 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ document: 'A text', difference: 1 });
  });

  it('refuses a file of other settings, and one that is no JSON, and leaves both as they are', async () => {
    await (await TrialFile.open<typeof trial>(file, identity)).add(trial);
    const before = await readFile(file, 'utf8');
    const other = { ...identity, config: makeConfig('micro', { lr: 1e-4 }) };
    await expect(TrialFile.open(file, other)).rejects.toMatchObject({ code: 'cli.usage' });
    expect(await readFile(file, 'utf8')).toBe(before);
    await writeFile(file, 'no JSON');
    await expect(TrialFile.open(file, identity)).rejects.toMatchObject({ code: 'cli.usage' });
    expect(await readFile(file, 'utf8')).toBe('no JSON');
  });

  it('keeps nothing without a file', async () => {
    const proof = await TrialFile.open<typeof trial>(undefined, identity);
    await proof.add(trial);
    expect(proof.trials).toEqual([trial]);
  });
});

it('signs a difference', () => {
  expect([signed(0.25), signed(-0.0301)]).toEqual(['+0.250', '−0.030']);
});

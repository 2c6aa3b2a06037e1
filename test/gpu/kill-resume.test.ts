/** @file `longview train` killed at any step of any stage, warm-up included, and resumed: the rest is the same bit for bit. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { NodeStore } from '../../src/cli/node-store';
import { saveCheckpoint } from '../../src/run/checkpoint';
import { RunFolder } from '../../src/run/folder';
import { measured, smallCheckpoint, smallRun } from '../support/session';

const place = mkdtempSync(join(tmpdir(), 'longview-kill-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const stages = 'sft:72x2,64x2,96x2/share=0.5';
const steps = 6;

function train(out: string, ...flags: string[]): ChildProcess {
  const own = [
    'scripts/longview.mjs',
    'train',
    '--out',
    join(place, out),
    '--steps',
    String(steps),
    ...flags,
  ];
  // A group of its own: the script may start itself again, and all of it has to go at once.
  return spawn(process.execPath, own, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (text) => {
    said += String(text);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, said).toBe(0);
}

function fresh(): string[] {
  const settings = {
    ...smallRun,
    policy: join(place, 'policy'),
    curriculum: stages,
    max_response_length: 40,
    'sft.documents': 2,
    'sft.questions': 2,
    'sft.probe_every': 1,
    'sft.probe_questions': 2,
    'eval.every': 0,
    'checkpoint.every': 1,
  };
  return Object.entries(settings).map(([key, value]) => `--${key}=${String(value)}`);
}

const folderOf = (out: string) => new RunFolder(new NodeStore(join(place, out)));
const rowsOf = async (out: string) =>
  (await folderOf(out).readMetrics()).map(({ time: _, ...row }) => measured(row));

it('kill -9 at a random step, then --resume: every following step equals that of the uninterrupted run', async () => {
  await saveCheckpoint(new NodeStore(join(place, 'policy')), '', smallCheckpoint());
  await ended(train('whole', ...fresh()));
  const whole = await rowsOf('whole');
  expect(whole.map((row) => row['curriculum/stage'])).toEqual([0, 0, 1, 1, 2, 2]);
  // The first checkpoint stands for certain once the second step is written.
  const at = 2 + Math.floor(Math.random() * (steps - 2));
  const child = train('killed', ...fresh());
  const dead = new Promise((resolve) => child.on('close', resolve));
  const done = async () => (await folderOf('killed').readMetrics()).at(-1)?.step ?? 0;
  while ((await done()) < at && child.exitCode === null) await new Promise((r) => setTimeout(r, 20));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await dead;
  expect(child.exitCode, 'it was still at work').not.toBe(0);
  const stable = await folderOf('killed').lastStableStep();
  await ended(train('killed', '--resume'));
  expect(await rowsOf('killed'), `killed after step ${at}, resumed from ${stable}`).toEqual(whole);
  for (const file of ['model', 'optimizer', 'reference'].map(
    (n) => `checkpoints/step_${steps}/${n}.safetensors`,
  ))
    expect(
      readFileSync(join(place, 'killed', file)).equals(readFileSync(join(place, 'whole', file))),
      file,
    ).toBe(true);
  for (let step = 1; step <= steps; step++)
    expect(readFileSync(join(place, `killed/rollouts/train/${step}.jsonl`), 'utf8')).toBe(
      readFileSync(join(place, `whole/rollouts/train/${step}.jsonl`), 'utf8'),
    );
});

import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { NodeStore } from '../../src/cli/node-store';
import { openGpu } from '../../src/gpu';
import { loadCheckpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { Session } from '../../src/run/session';
import { openingDocument } from '../../src/tasks/documents';

const folder = path.resolve(import.meta.dirname, '../../public/policy');

it('the shipped policy is small, answers some held-out questions, and leaves room to learn', async () => {
  expect(statSync(path.join(folder, 'model.safetensors')).size).toBeLessThan(1.5e6);
  const checkpoint = await loadCheckpoint(new NodeStore(folder), '');
  const gpu = await openGpu(navigator.gpu);
  const config = makeConfig('micro', { window_tokens: 128, 'task.families': ['cloze', 'lookup'] });
  const session = await Session.open({ config, document: openingDocument(), checkpoint, gpu });
  const { greedyAccuracy, sampledReward } = await session.evaluate(24);
  expect(greedyAccuracy).toBeGreaterThan(0.25);
  expect(sampledReward).toBeGreaterThan(0.2);
  expect(sampledReward).toBeLessThan(0.95);
  await session.dispose();
  gpu.close();
}, 240_000);

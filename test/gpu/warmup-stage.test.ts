/** @file Supervised warm-up on the device: its loss is Eq. 11, and a session resumes from it bit for bit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { supervisedUpdate } from '../../src/rl/supervised';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { Session } from '../../src/run/session';
import { configuredWarmup } from '../../src/run/stage-tasks';
import { expectNear } from '../support/fixtures';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

const config = makeConfig('micro', {
  ...smallRun,
  curriculum: 'sft:72x3,64x2,96x2/share=0.5',
  max_response_length: 40,
  'sft.documents': 3,
  'sft.questions': 2,
  'sft.probe_every': 2,
  'sft.probe_questions': 3,
  'sft.lr': 1e-3,
});

describe('warm-up as a stage of a session', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  const open = (checkpoint = smallCheckpoint(), resume = false, settings = config) =>
    Session.open({ config: settings, document: smallDocument, checkpoint, gpu, resume });

  async function trained(steps: number, from = smallCheckpoint(), resume = false, settings = config) {
    const session = await open(from, resume, settings);
    const records = [];
    const bytes = [];
    for (let i = 0; i < steps; i++) {
      records.push(await session.step());
      bytes.push(session.policy.buffers.liveBytes);
    }
    const saved = await session.checkpoint();
    await session.dispose();
    expect(session.policy.buffers.liveBytes).toBe(0);
    return { records, saved, bytes, planned: session.memory.bytes };
  }

  it('lowers the mean over sequences of the mean over their tokens (Eq. 11)', async () => {
    const session = await open();
    const { examples } = configuredWarmup(smallDocument, session.tokenizer, config);
    const groups = [0, 1, 2].map((index) => examples.example(index, { over: 36, max: 72 }));
    const told = await session.policy.evaluate(groups, 1);
    const sequences = groups.flatMap(({ answers }, i) =>
      answers.map(({ weights }, j) => {
        const nll = Array.from(told[i][j].logprobs, (value) => -value).filter((_, t) => weights[t] > 0);
        return nll.reduce((a, b) => a + b, 0) / nll.length;
      }),
    );
    expect(sequences.length).toBeGreaterThan(3);
    const optimizer = {
      learningRate: 0,
      beta1: 0.9,
      beta2: 0.9,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 0,
    };
    const { loss } = await supervisedUpdate(session.policy, groups, 'sequence', optimizer);
    expectNear(loss, sequences.reduce((a, b) => a + b, 0) / sequences.length, 1e-4);
    await session.dispose();
  });

  it('resumed inside it, at its end and after it, equals the uninterrupted run', async () => {
    const whole = await trained(6);
    expect(whole.records.map(({ stage }) => stage?.number)).toEqual([0, 0, 0, 1, 1, 2]);
    expect(whole.records.map(({ groups }) => groups.length > 0)).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(Math.max(...whole.bytes), 'memory is planned for both').toBeLessThanOrEqual(whole.planned);
    // Every RL step has as many moments as updates since warm-up: none of warm-up's are left.
    const rl = whole.records.slice(3).reduce((sum, { updates }) => sum + updates, 0);
    expect(whole.saved.trainerState.optimizer_updates).toBe(rl);
    expect(whole.saved.trainerState.warmup).toEqual({ steps: 3, examples: 9 });
    for (const stop of [1, 3, 4]) {
      const folder = new RunFolder(new MemoryStore());
      await folder.saveCheckpoint((await trained(stop)).saved);
      const rest = await trained(6 - stop, await folder.loadCheckpoint(stop), true);
      expect(rest.records.map((record) => measured(record.metrics))).toEqual(
        whole.records.slice(stop).map((record) => measured(record.metrics)),
      );
      expect(rest.saved.trainerState).toEqual(whole.saved.trainerState);
      for (const kind of ['weights', 'optimizer', 'reference'] as const) {
        const own = rest.saved[kind];
        expect(Object.keys(own ?? {}), kind).toEqual(Object.keys(whole.saved[kind] ?? {}));
        for (const [name, { data }] of Object.entries(whole.saved[kind] ?? {}))
          expect(own?.[name].data, `${kind} ${name} after a stop at step ${stop}`).toEqual(data);
      }
    }
  });

  it('keeps the base of its positions for warm-up and sets it in RL, in resumed runs too', async () => {
    const raised = { ...config, rope_theta: 50_000 };
    const own = smallCheckpoint().config.rope_theta;
    const [plain, whole] = [await trained(5), await trained(5, smallCheckpoint(), false, raised)];
    const told = (records: typeof whole.records) => records.map(({ metrics }) => measured(metrics));
    expect(told(whole.records.slice(0, 3))).toEqual(told(plain.records.slice(0, 3)));
    expect(told(whole.records.slice(3, 4))).not.toEqual(told(plain.records.slice(3, 4)));
    expect([plain.saved.config.rope_theta, whole.saved.config.rope_theta]).toEqual([own, 50_000]);
    for (const [stop, base] of [
      [3, own],
      [4, 50_000],
    ]) {
      const folder = new RunFolder(new MemoryStore());
      await folder.saveCheckpoint((await trained(stop, smallCheckpoint(), false, raised)).saved);
      const from = await folder.loadCheckpoint(stop);
      expect(from.config.rope_theta).toBe(base);
      const rest = await trained(5 - stop, from, true, raised);
      expect(told(rest.records)).toEqual(told(whole.records.slice(stop)));
      expect(rest.saved.weights).toEqual(whole.saved.weights);
    }
  });
});

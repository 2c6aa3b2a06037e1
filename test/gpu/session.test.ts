import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { type Gpu, openGpu } from '../../src/gpu';
import type { PartialAnswer } from '../../src/policy/types';
import type { TrainerProgress } from '../../src/rl/trainer';
import type { StepRecord } from '../../src/rl/types';
import { algorithms } from '../../src/run/algorithms';
import { answerAttention } from '../../src/run/answer-attention';
import { answerNextToken } from '../../src/run/answer-next-token';
import type { Checkpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { Session } from '../../src/run/session';
import type { Evaluation } from '../../src/run/session-evaluation';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

const [config, document, checkpoint] = [smallRun, smallDocument, smallCheckpoint];

describe('a training session', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  async function trained(steps: number, from: Checkpoint = checkpoint(), resume = false, settings = config) {
    const session = await Session.open({ config: settings, document, checkpoint: from, gpu, resume });
    const records = [];
    for (let i = 0; i < steps; i++) records.push(await session.step());
    const saved = await session.checkpoint();
    await session.dispose();
    return { records, saved };
  }

  it('five steps with the same seed are bitwise equal, metrics and weights', async () => {
    const [a, b] = [await trained(5), await trained(5)];
    expect(b.records.map((record) => measured(record.metrics))).toEqual(
      a.records.map((record) => measured(record.metrics)),
    );
    for (const [name, { data }] of Object.entries(a.saved.weights))
      expect(Buffer.from(b.saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(
        true,
      );
    expect(
      a.records.some((record) => record.updates > 0),
      'some step must have trained',
    ).toBe(true);
    expect(a.records.every((record) => record.metrics['rollout/logprob_mismatch_max'] < 1e-4)).toBe(true);
  });

  it('questions about an answer between steps change no bit of the run, and take no memory beyond the plan', async () => {
    const plain = await trained(5);
    const session = await Session.open({ config, document, checkpoint: checkpoint(), gpu });
    const records = [];
    for (let i = 0; i < 5; i++) {
      const record = await session.step();
      records.push(record);
      const bytes = session.policy.buffers.liveBytes;
      const { item, answers } = record.groups[0];
      const answer = answers[0].rollout.tokens;
      const asked = {
        documentId: item.question.documentId,
        window: item.question.window,
        question: item.question.text,
        promptTokens: item.tokens.length,
        answer,
      };
      const token = i % 2 === 1 ? 0 : null;
      const view = await session.ask((answering) =>
        answerAttention(answering, { ...asked, token, layer: null }),
      );
      const next = await session.ask((answering) =>
        answerNextToken(answering, { ...asked, token: answer.length - 1 }),
      );
      expect([next.step, next.ids.length]).toEqual([i + 1, session.policy.config.vocab_size]);
      expect(next.ids[next.own.place]).toBe(answer.at(-1));
      expect([view.step, view.layer, view.layers]).toEqual([i + 1, 0, 1]);
      const text = view.shares.reduce((sum, share) => sum + share, 0);
      expect(Math.abs(text + view.frame + view.own - 1)).toBeLessThan(1e-5);
      expect(text).toBeGreaterThan(0.1);
      expect(session.policy.buffers.liveBytes).toBe(bytes);
    }
    const saved = await session.checkpoint();
    await session.dispose();
    expect(records.map((record) => measured(record.metrics))).toEqual(
      plain.records.map((record) => measured(record.metrics)),
    );
    for (const [name, { data }] of Object.entries(plain.saved.weights))
      expect(Buffer.from(saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    expect(records.some((record) => record.updates > 0)).toBe(true);
  });

  it('answers watched while they are written change no bit of the run, and grow into those that are scored', async () => {
    const settings = { ...config, max_response_length: 40 };
    const plain = await trained(3, checkpoint(), false, settings);
    const seen = new Map<string, PartialAnswer[][]>();
    let asked = 0;
    const session = await Session.open({
      config: settings,
      document,
      checkpoint: checkpoint(),
      gpu,
      hooks: {
        watch: (uid) => {
          const looks: PartialAnswer[][] = [];
          seen.set(uid, looks);
          // Now and then, as a clock would have it.
          return {
            wants: () => asked++ % 3 !== 1,
            onAnswers: (answers) => looks.push(answers),
            onWhole: (answers) => looks.push(answers),
          };
        },
      },
    });
    const records: StepRecord[] = [];
    for (let i = 0; i < 3; i++) records.push(await session.step());
    const saved = await session.checkpoint();
    await session.dispose();
    expect(records.map((record) => measured(record.metrics))).toEqual(
      plain.records.map((record) => measured(record.metrics)),
    );
    for (const [name, { data }] of Object.entries(plain.saved.weights))
      expect(Buffer.from(saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    const memory = (run: StepRecord[]) => run.map(({ metrics }) => metrics['perf/max_memory_allocated_gb']);
    expect(memory(records)).toEqual(memory(plain.records));
    const groups = records.flatMap((record) => record.groups).filter(({ uid }) => seen.has(uid));
    expect(groups.length).toBeGreaterThanOrEqual(3);
    let grown = 0;
    for (const { uid, answers } of groups) {
      const looks = seen.get(uid) ?? [];
      let before = 0;
      for (const look of looks) {
        expect(look).toHaveLength(answers.length);
        const length = look.reduce((sum, { tokens }) => sum + tokens.length, 0);
        expect(length).toBeGreaterThanOrEqual(before);
        before = length;
        look.forEach(({ tokens, ended }, j) => {
          const whole = answers[j].rollout.tokens;
          expect([...tokens]).toEqual([...whole.subarray(0, tokens.length)]);
          if (ended) expect(tokens).toHaveLength(whole.length);
          else grown++;
        });
      }
      expect(looks.at(-1)?.map(({ tokens }) => tokens)).toEqual(answers.map(({ rollout }) => rollout.tokens));
    }
    expect(grown, 'some answers were seen before they ended').toBeGreaterThan(4);
  });

  it('asked held-out questions before its first update, the run has the values of its first weights and keeps every bit', async () => {
    const plain = await trained(5);
    const before = await Session.open({ config, document, checkpoint: checkpoint(), gpu });
    const baseline = await before.evaluate();
    await before.dispose();
    let asked: Evaluation | null = null;
    const session: Session = await Session.open({
      config,
      document,
      checkpoint: checkpoint(),
      gpu,
      hooks: {
        onPhase: async ({ phase }) => {
          if (phase === 'update') asked ??= await session.evaluate();
        },
      },
    });
    const records: StepRecord[] = [];
    for (let i = 0; i < 5; i++) records.push(await session.step());
    const saved = await session.checkpoint();
    await session.dispose();
    expect(asked).toEqual(baseline);
    expect(records.map((record) => measured(record.metrics))).toEqual(
      plain.records.map((record) => measured(record.metrics)),
    );
    for (const [name, { data }] of Object.entries(plain.saved.weights))
      expect(Buffer.from(saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
  });

  it('a run resumed from a saved checkpoint equals the uninterrupted one', async () => {
    const whole = await trained(4);
    const half = await trained(2);
    const folder = new RunFolder(new MemoryStore());
    await folder.saveCheckpoint(half.saved);
    const rest = await trained(2, await folder.loadCheckpoint(2), true);
    expect(rest.records.map(({ step }) => step)).toEqual([3, 4]);
    expect(rest.records.map((record) => measured(record.metrics))).toEqual(
      whole.records.slice(2).map((record) => measured(record.metrics)),
    );
    for (const [name, { data }] of Object.entries(whole.saved.weights))
      expect(Buffer.from(rest.saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(
        true,
      );
  });

  it('resumed from a saved checkpoint in any stage, pool and base policy included, it equals the uninterrupted run', async () => {
    const phased = {
      ...config,
      curriculum: '56x2,96x3/share=0.5',
      'pool.measure': 'base',
      window_tokens: 96,
    } as const;
    const run = async (steps: number, from = checkpoint(), resume = false) => {
      const session = await Session.open({ config: phased, document, checkpoint: from, gpu, resume });
      const records = [];
      for (let i = 0; i < steps; i++) records.push(await session.step());
      const saved = await session.checkpoint();
      await session.dispose();
      return { records, saved };
    };
    const whole = await run(5);
    expect(whole.records.map(({ stage }) => stage?.index)).toEqual([0, 0, 1, 1, 1]);
    expect(whole.records[3].metrics['pool/share']).toBeGreaterThan(0);
    for (const stop of [1, 3]) {
      const folder = new RunFolder(new MemoryStore());
      await folder.saveCheckpoint((await run(stop)).saved);
      const rest = await run(5 - stop, await folder.loadCheckpoint(stop), true);
      expect(rest.records.map((record) => measured(record.metrics))).toEqual(
        whole.records.slice(stop).map((record) => measured(record.metrics)),
      );
      expect(rest.saved.trainerState).toEqual(whole.saved.trainerState);
      for (const [name, { data }] of Object.entries(whole.saved.weights))
        expect(Buffer.from(rest.saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(
          true,
        );
    }
  });

  it('stages of the past cannot be changed, coming ones only to lengths the document has', async () => {
    const phased = { ...config, curriculum: '56x1,96x2,128' };
    const session = await Session.open({ config: phased, document, checkpoint: checkpoint(), gpu });
    await session.step();
    const change = (curriculum: string) => () => session.change({ ...session.config, curriculum });
    expect(change('48x1,96x2,128')).toThrow(expect.objectContaining({ code: 'curriculum.past' }));
    expect(change('56x1,96x2,160x1,400')).toThrow(
      expect.objectContaining({ code: 'curriculum.empty_bracket' }),
    );
    expect(session.config.curriculum).toBe('56x1,96x2,128');
    change('56x1,96x2,144')();
    expect(session.config.curriculum).toBe('56x1,96x2,144');
    await session.dispose();
  });

  it('tells the policy objective apart from the whole loss', async () => {
    const { records } = await trained(1, checkpoint(), false, {
      ...config,
      ...{ 'filter_groups.enable': false, 'overlong_buffer.enable': true, entropy_coeff: 0.5 },
      ...{ mini_batch_size: config.train_batch_size, loss_agg_mode: 'token-mean' },
    });
    const { metrics } = records[0];
    expect(metrics['actor/entropy']).toBeGreaterThan(0.1);
    expect(metrics['actor/loss']).toBeCloseTo(metrics['actor/pg_loss'] - 0.5 * metrics['actor/entropy'], 4);
  });

  it('a run with GSPO, AEPO, task advantages and exact old log-probs resumes bitwise too', async () => {
    const variant = makeConfig('micro', {
      ...config,
      ...algorithms.gspo,
      // A random policy is hardly ever right: every group is kept, and the entropy term moves the weights.
      ...{ 'overlong_buffer.enable': true, norm_adv_std_over: 'task', entropy_coeff: 0.01 },
      ...{ 'aepo.rule': 'paper', 'aepo.entropy_low': 0, 'aepo.entropy_high': 0.001 },
      ...{ old_log_prob: 'exact', top_p: 0.9 },
    });
    const whole = await trained(2, checkpoint(), false, variant);
    for (const { metrics: each } of whole.records) {
      expect(each['actor/grad_norm']).toBeGreaterThan(0);
      expect(each['rollout/logprob_top_p_gap/max']).toBeGreaterThan(0);
      expect(each['rollout/logprob_top_p_gap/max']).toBeLessThanOrEqual(-Math.log(0.9) + 1e-5);
      expect(each['rollout/logprob_mismatch_max']).toBeLessThan(1e-4);
    }
    const half = await trained(1, checkpoint(), false, variant);
    const folder = new RunFolder(new MemoryStore());
    await folder.saveCheckpoint(half.saved);
    const loaded = await folder.loadCheckpoint(1);
    expect(loaded.trainerState.aepo_active).toBe(true);
    const rest = await trained(1, loaded, true, variant);
    expect(rest.records.map((record) => measured(record.metrics))).toEqual(
      whole.records.slice(1).map((record) => measured(record.metrics)),
    );
  });

  it('learning rate 0 leaves every weight as it was', async () => {
    const session = await Session.open({
      config: { ...config, lr: 0 },
      document,
      checkpoint: checkpoint(),
      gpu,
    });
    const before = await session.checkpoint();
    await session.step();
    const after = await session.checkpoint();
    for (const [name, { data }] of Object.entries(before.weights))
      expect(Buffer.from(after.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    await session.dispose();
  });

  it('new clip bounds act on the next update, a new document on the next batch', async () => {
    const session = await Session.open({ config, document, checkpoint: checkpoint(), gpu });
    await session.step();
    session.change({ ...session.config, clip_ratio_low: 0, clip_ratio_high: 0 });
    const other = {
      id: 'other',
      title: 'other',
      text: 'The grey heron waited by the Silver Bridge until Marta counted 17 barges.\n'.repeat(30),
      source: 'imported' as const,
    };
    session.replaceDocument(other);
    const record = await session.step();
    expect(record.groups.every((group) => group.item.question.documentId === 'other')).toBe(true);
    expect(() => session.replaceDocument({ ...other, text: ' ' })).toThrow(CodedError);
    expect(session.document.id).toBe('other');
    await session.dispose();
  });

  it('allocates nothing new once the longest batch was seen', async () => {
    const session = await Session.open({ config, document, checkpoint: checkpoint(), gpu });
    for (let i = 0; i < 12; i++) await session.step();
    const bytes = session.policy.buffers.liveBytes;
    for (let i = 0; i < 12; i++) await session.step();
    expect(session.policy.buffers.liveBytes).toBe(bytes);
    await session.dispose();
    expect(session.policy.buffers.liveBytes).toBe(0);
  });

  it('a weight that is not a number ends the step with a coded error', async () => {
    const broken = checkpoint();
    broken.weights['model.norm.weight'].data[3] = Number.NaN;
    const session = await Session.open({ config, document, checkpoint: broken, gpu });
    await expect(session.step()).rejects.toMatchObject({ code: 'train.nonfinite' });
    expect(session.stepsDone).toBe(0);
    await session.dispose();
  });

  it('a lost device ends the step with a coded error instead of hanging', async () => {
    const lost = await openGpu(navigator.gpu, { defaultsOnly: true });
    const hooks = { onPhase: () => lost.device.destroy() };
    const session = await Session.open({ config, document, checkpoint: checkpoint(), gpu: lost, hooks });
    await expect(session.step()).rejects.toMatchObject({ code: 'gpu.lost' });
  });

  it('a device lost in the middle of a step: the run goes on from the last checkpoint with half the slices, to the same end', async () => {
    const whole = await trained(4);
    const folder = new RunFolder(new MemoryStore());
    const opened: Gpu[] = [];
    const openAnother = async () => {
      opened.push(await openGpu(navigator.gpu, { defaultsOnly: true }));
      return opened[opened.length - 1];
    };
    const rebuilt: number[] = [];
    // Behind the rollouts of a step, however fast the adapter is.
    let lose: Gpu | null = null;
    const onPhase = ({ phase }: TrainerProgress) => {
      if (phase !== 'score') return;
      lose?.device.destroy();
      lose = null;
    };
    const session = await Session.open({
      config,
      document,
      checkpoint: checkpoint(),
      gpu: await openAnother(),
      hooks: { onPhase },
      recovery: {
        openGpu: openAnother,
        lastCheckpoint: () => folder.newestCheckpoint(),
        onRebuilt: (step) => rebuilt.push(step),
      },
    });
    await session.step();
    await folder.saveCheckpoint(await session.checkpoint());
    await session.step();
    lose = opened[0];
    const again = await session.step();
    expect([again.step, rebuilt, opened.length]).toEqual([2, [1], 2]);
    expect(session.policy.queue.budget.share).toBe(0.5);
    expect(measured(again.metrics)).toEqual(measured(whole.records[1].metrics));
    await session.step();
    await session.step();
    const saved = await session.checkpoint();
    for (const [name, { data }] of Object.entries(whole.saved.weights))
      expect(Buffer.from(saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    // The next loss comes within a minute.
    lose = opened[1];
    await expect(session.step()).rejects.toMatchObject({ code: 'gpu.lost_again' });
    expect(opened).toHaveLength(2);
    await session.dispose();
  });

  it('refuses a tokenizer that does not fit the policy', async () => {
    const from = checkpoint();
    from.tokenizerFiles = { ...from.tokenizerFiles, 'tokenizer.json': '{}' };
    await expect(Session.open({ config, document, checkpoint: from, gpu })).rejects.toMatchObject({
      code: 'checkpoint.tokenizer',
    });
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NodeStore } from '../../src/cli/node-store';
import { CodedError } from '../../src/errors';
import { expectedTensors } from '../../src/policy/config';
import type { PolicyConfig } from '../../src/policy/types';
import type { ScoredGroup } from '../../src/rl/types';
import type { Checkpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { metricsCsv, trlLines, verlLines, wandbScript } from '../../src/run/export';
import { type MetricsRow, RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { OpfsStore } from '../../src/run/opfs-store';
import { presets } from '../../src/run/presets';
import { type FileStore, readText } from '../../src/run/store';
import { FakeOpfs } from '../support/fake-opfs';

const temporary = mkdtempSync(join(tmpdir(), 'longview-run-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
let folders = 0;

const stores: [name: string, make: () => FileStore][] = [
  ['memory', () => new MemoryStore()],
  ['Node', () => new NodeStore(join(temporary, String(folders++)))],
  ['a private file system', () => new OpfsStore(new FakeOpfs().handle)],
  ['one without sync handles', () => new OpfsStore(new FakeOpfs({ sync: false }).handle)],
  ['one without moving', () => new OpfsStore(new FakeOpfs({ move: false }).handle)],
  ['one with sync handles alone', () => new OpfsStore(new FakeOpfs({ move: false, writable: false }).handle)],
];

const origin = {
  appVersion: '0.1.0',
  commit: 'abc',
  adapterClass: 'software: llvmpipe',
  documentId: 'd',
  documentTitle: 'A text',
};

function group(uid: string, scores: number[], kept = true): ScoredGroup {
  return {
    uid,
    item: {
      question: {
        id: 'q',
        documentId: 'd',
        family: 'lookup',
        text: 'Where?',
        answers: ['Bath', 'bath'],
        window: { start: 0, end: 9 },
        evidence: [],
        reasoning: '',
      },
      tokens: Uint32Array.of(1, 2),
      text: 'A text.\nWhere?',
    },
    answers: scores.map((score) => ({
      text: 'Therefore, the answer is Bath',
      rollout: {
        tokens: Uint32Array.of(5, 1),
        logprobs: Float32Array.of(-1, -2),
        samplerLogprobs: Float32Array.of(-1, -2),
        entropies: Float32Array.of(1, 1),
        finish: 'stop',
      },
      score: {
        rule: score,
        judge: { asked: false, reason: 'none' },
        base: score,
        overlong: -0.25,
        total: score - 0.25,
        correct: score === 1,
        parsed: 'Bath',
        reason: 'match',
      },
      advantage: score - 0.5,
      oldLogprobs: Float32Array.of(-1, -2),
      update: null,
    })),
    mean: 0.5,
    std: 0.5,
    kept,
    dropReason: kept ? null : 'all wrong',
  };
}

const policy: PolicyConfig = {
  model_type: 'longview',
  vocab_size: 8,
  hidden_size: 4,
  intermediate_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 1,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-6,
  rope_theta: 500,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  attention_bias: false,
  canon_kernel: 0,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
};

const checkpoint = (step: number): Checkpoint => ({
  config: policy,
  weights: Object.fromEntries(
    expectedTensors(policy).map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(step) },
    ]),
  ),
  optimizer: null,
  tokenizerFiles: {},
  sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 4, greedy: false },
  trainerState: { global_step: step, next_item: 0, optimizer_updates: 0, seed: 1 },
});

describe.each(stores)('a run folder in %s', (_, make) => {
  it('keeps the configuration with where and by what it was made', async () => {
    const folder = new RunFolder(make(), () => 1000);
    await folder.begin(presets.micro, origin);
    const record = JSON.parse(await readText(folder.store, 'config.json'));
    expect(record).toMatchObject({
      schema_version: 1,
      app_version: '0.1.0',
      commit: 'abc',
      adapter_class: 'software: llvmpipe',
      preset: 'micro',
      seed: 1,
      'filter_groups.enable': true,
    });
    expect(await folder.readConfig()).toEqual(presets.micro);
    expect(await folder.readDocumentName()).toEqual({ id: 'd', title: 'A text' });
  });

  it('replays live changes up to a step', async () => {
    const folder = new RunFolder(make(), () => 1000);
    await folder.begin(presets.micro, origin);
    const changed = makeConfig('micro', { clip_ratio_high: 0.35, lr: 0 });
    expect(
      (await folder.recordChanges(4, presets.micro, changed)).map(({ key, from, to }) => [key, from, to]),
    ).toEqual([
      ['clip_ratio_high', presets.micro.clip_ratio_high, 0.35],
      ['lr', presets.micro.lr, 0],
    ]);
    expect(await folder.readConfig()).toEqual(changed);
    expect(await folder.readConfig(3)).toEqual(presets.micro);
  });

  it('writes flat metrics and the answers of a step with all keys', async () => {
    const folder = new RunFolder(make(), () => 1000);
    await folder.recordStep({
      step: 1,
      metrics: { 'actor/entropy': 1.5 },
      groups: [group('1-1-0', [1, 0]), group('1-1-1', [0, 0], false)],
    });
    expect(await readText(folder.store, 'metrics.jsonl')).toBe(
      '{"step":1,"time":1000,"actor/entropy":1.5}\n',
    );
    const rows = await folder.readRollouts(1);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual({
      input: 'A text.\nWhere?',
      question: 'Where?',
      family: 'lookup',
      tokens: 2,
      truncated: false,
      output: 'Therefore, the answer is Bath',
      token_ids: [5, 1],
      gts: 'Bath',
      score: 0.75,
      step: 1,
      uid: '1-1-0',
      index: 0,
      rule: 1,
      judge: null,
      overlong_reward: -0.25,
      advantage: 0.5,
      kept: true,
      drop_reason: null,
      acc: true,
      pred: 'Bath',
      stage: null,
      pool: false,
      visits: 0,
      last_reward: null,
    });
    expect(rows[3]).toMatchObject({
      uid: '1-1-1',
      index: 1,
      kept: false,
      drop_reason: 'all wrong',
      acc: false,
    });
    expect(await folder.readRollouts(2)).toEqual([]);
  });

  it('notes the stage of a step, and which questions came back with what was known of them', async () => {
    const folder = new RunFolder(make(), () => 1000);
    const history = {
      index: 4,
      bracket: { over: 0, max: 64 },
      id: 'q',
      text: 'Where?',
      stage: 0,
      visits: 2,
      history: [{ step: 3, reward: 0.25, accuracy: 0.25 }],
      base: null,
    };
    await folder.recordStep({
      step: 9,
      stage: {
        kind: 'rl',
        index: 1,
        number: 2,
        name: 'stage 2',
        lengths: { over: 64, max: 128 },
        steps: 2,
        ended: null,
        isLast: true,
      },
      metrics: {},
      groups: [
        { ...group('9-1-0', [1]), origin: { index: 4, history } },
        { ...group('9-1-1', [0]), origin: { index: 70, history: null } },
      ],
    });
    const rows = await folder.readRollouts(9);
    expect(rows.map(({ stage, pool, visits, last_reward }) => [stage, pool, visits, last_reward])).toEqual([
      [2, true, 2, 0.25],
      [2, false, 0, null],
    ]);
  });

  it('leaves out values that are not finite and counts them', async () => {
    const folder = new RunFolder(make(), () => 1000);
    const row = await folder.recordStep({
      step: 1,
      metrics: { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 2 },
      groups: [],
    });
    expect(row).toEqual({ step: 1, time: 1000, c: 2, 'run/nonfinite_dropped': 2 });
    expect(await folder.readMetrics()).toEqual([row]);
  });

  it('survives half lines, before and after them', async () => {
    const store = make();
    await new RunFolder(store, () => 1).recordStep({ step: 1, metrics: { a: 1 }, groups: [] });
    await store.append('metrics.jsonl', '{"step":2,"a":');
    const later = new RunFolder(store, () => 2);
    expect((await later.readMetrics()).map(({ step }) => step)).toEqual([1]);
    await later.recordStep({ step: 2, metrics: { a: 2 }, groups: [] });
    await later.recordStep({ step: 3, metrics: { a: 3 }, groups: [] });
    expect((await later.readMetrics()).map(({ a }) => a)).toEqual([1, 2, 3]);
    await store.append('rollouts/train/3.jsonl', '{"input":"x"}\n{"inp');
    expect(await later.readRollouts(3)).toEqual([]);
  });

  it('a step run again replaces its record; an evaluation joins it', async () => {
    const folder = new RunFolder(make(), () => 1);
    await folder.recordStep({ step: 1, metrics: { a: 1 }, groups: [group('x', [1, 0])] });
    await folder.recordStep({ step: 2, metrics: { a: 2 }, groups: [] });
    await folder.recordStep({ step: 1, metrics: { a: 9 }, groups: [group('y', [1, 0])] });
    await folder.recordMetrics(1, { 'val-core/all/reward/mean@8': 0.5 });
    expect(await folder.readMetrics()).toEqual([
      { step: 1, time: 1, a: 9, 'val-core/all/reward/mean@8': 0.5 },
      { step: 2, time: 1, a: 2 },
    ]);
    expect((await folder.readRollouts(1)).map(({ uid }) => uid)).toEqual(['y', 'y']);
  });

  it('keeps the newest two checkpoints and every twentieth step', async () => {
    const folder = new RunFolder(make());
    expect(await folder.lastStableStep()).toBeNull();
    for (const step of [10, 20, 30, 40, 50, 60]) await folder.saveCheckpoint(checkpoint(step));
    expect(await folder.store.list('checkpoints')).toEqual(['step_20', 'step_40', 'step_50', 'step_60']);
    expect(await folder.lastStableStep()).toBe(60);
    expect((await folder.loadCheckpoint(20)).weights['model.norm.weight'].data[0]).toBe(20);
  });

  it('a checkpoint without its mark is not there', async () => {
    const folder = new RunFolder(make());
    await folder.saveCheckpoint(checkpoint(3));
    await folder.saveCheckpoint(checkpoint(9));
    await folder.store.remove('checkpoints/step_9/STABLE');
    expect(await folder.lastStableStep()).toBe(3);
    await expect(folder.loadCheckpoint(9)).rejects.toMatchObject({
      code: 'checkpoint.unfinished',
      advice: 'Finished: 3.',
    });
  });

  it('the store replaces, appends, lists, removes, and stays inside itself', async () => {
    const store = make();
    await store.write('a/b.txt', 'one');
    await store.append('a/b.txt', ' two');
    await store.write('a/c', Uint8Array.of(1, 2));
    expect(await readText(store, 'a/b.txt')).toBe('one two');
    expect([...(await store.read('a/c'))]).toEqual([1, 2]);
    expect(await store.list('a')).toEqual(['b.txt', 'c']);
    expect(await store.list('')).toEqual(['a']);
    expect(await store.exists('a')).toBe(true);
    await store.remove('a');
    expect(await store.exists('a/b.txt')).toBe(false);
    expect(await store.list('a')).toEqual([]);
    await expect(store.read('a/b.txt')).rejects.toMatchObject({ code: 'store.missing' });
    for (const path of ['../x', '/x', 'a//b', 'a/../../b', '', 'a\\b'])
      await expect(store.write(path, '')).rejects.toBeInstanceOf(CodedError);
  });
});

it('metrics leave as CSV and as verl lines', () => {
  const rows: MetricsRow[] = [
    { step: 1, time: 0, 'actor/lr': 0.1 },
    { step: 2, time: 1.5, 'actor/lr': 0.2, 'a,b': 3 },
  ];
  expect(metricsCsv(rows)).toBe(
    'step,timestamp,"a,b",actor/lr\n1,1970-01-01T00:00:00.000Z,,0.1\n2,1970-01-01T00:00:01.500Z,3,0.2\n',
  );
  expect(verlLines(rows).split('\n')[1]).toBe('{"step":2,"data":{"actor/lr":0.2,"a,b":3}}');
});

it('metrics leave under TRL’s names, without those it has none for', () => {
  const rows = [
    {
      step: 3,
      time: 5,
      'critic/score/mean': 0.5,
      'actor/pg_clipfrac_high': 0.1,
      'pool/size': 4,
      'actor/lr': 1e-3,
    },
  ];
  expect(trlLines(rows)).toBe(
    '{"step":3,"rewards/reward/mean":0.5,"clip_ratio/high_mean":0.1,"learning_rate":0.001}\n',
  );
});

it('the W&B script logs every step once, its last line, and no half line', () => {
  // A stand-in for the package that prints what it is told.
  const wandb = [
    'class Run:',
    '  def log(self, row, step): print(step, row)',
    '  def finish(self): print("end")',
    'def init(project, name): return Run()',
  ];
  writeFileSync(join(temporary, 'wandb.py'), `${wandb.join('\n')}\n`);
  writeFileSync(join(temporary, 'wandb_replay.py'), wandbScript);
  writeFileSync(
    join(temporary, 'metrics.jsonl'),
    '{"step":2,"a":1}\n{"step":1,"a":3}\n{"step":2,"a":2}\n{"step":3,"a"',
  );
  const said = execFileSync('python3', ['wandb_replay.py'], { cwd: temporary, encoding: 'utf8' });
  expect(said).toBe("1 {'a': 3}\n2 {'a': 2}\nend\n");
});

/** @file From a name to a judge: in Node by folder, in the page by files, and what is said where there is none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeJudge } from '../../src/cli/node-judge';
import { NodeStore } from '../../src/cli/node-store';
import { makeConfig } from '../../src/run/config';
import { judgeKind } from '../../src/run/judge-plan';
import { openJudge } from '../../src/run/onnx/open-judge';
import { judgeFiles } from '../../workers/judge-files';
import type { JudgeProgress } from '../../workers/protocol';
import { tinyChatFolder } from '../support/chat-folder';
import { randomJudge } from '../support/judge';

const request = { question: 'Who built the mill?', prediction: 'Ada Bell', gold: 'Bell' };
const plan = { name: 'x', kind: 'pair', verdict: 'compared' } as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longview-judge-'));
  for (const [name, { store }] of [
    ['pair', await randomJudge()],
    ['chat', await tinyChatFolder()],
  ] as const) {
    const disk = new NodeStore(join(folder, name));
    for (const { path, bytes } of await store.all()) await disk.write(path, bytes);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const config = (changes: Record<string, unknown>) => makeConfig('micro', changes);

describe('the judge of a configuration in Node', () => {
  it('is none in every preset', async () => {
    expect(await nodeJudge(config({}))).toBeNull();
  });

  it.each(['pair', 'chat'])('is the model of a folder (%s), the same for every session', async (name) => {
    const judge = await nodeJudge(config({ judge: join(folder, name) }));
    const [result] = (await judge?.judge([request])) ?? [];
    expect(result).toMatchObject({ asked: true });
    expect(await nodeJudge(config({ judge: join(folder, name), seed: 9 }))).toBe(judge);
    judge?.close();
  });

  it.each([
    ['a folder that is not there', { judge: '/no/such/folder' }, 'judge.missing'],
    ['a folder without a model', { judge: tmpdir() }, 'judge.missing'],
    ['a GPU', { judge: '/no/such/folder', judge_device: 'webgpu' }, 'judge.device'],
    ['the training device', { judge: '/no/such/folder', judge_device: 'shared' }, 'judge.device'],
  ])('is refused by name for %s', async (_, changes, code) => {
    await expect(nodeJudge(config(changes))).rejects.toMatchObject({ code });
  });
});

describe('a model folder', () => {
  it('is a chat model where it has a folder onnx', () => {
    expect(judgeKind(['onnx/model.onnx', 'tokenizer.json'])).toBe('chat');
    expect(judgeKind(['model.onnx', 'tokenizer.json', 'config.json'])).toBe('pair');
  });

  it('computes on WebAssembly where there is no GPU, and says so', async () => {
    const { store } = await randomJudge();
    const { judge, runtime } = await openJudge(store, plan, 'auto');
    expect(runtime).toBe('wasm');
    judge.close?.();
    await expect(openJudge(store, plan, 'shared')).rejects.toMatchObject({ code: 'judge.device' });
    await expect(openJudge(store, plan, 'webgpu')).rejects.toMatchObject({ code: 'judge.device' });
  });

  it('picked in the page is read with every byte told, and cannot be written', async () => {
    const { store } = await randomJudge();
    const files = (await store.all()).map(({ path, bytes }) => ({
      path,
      file: new File([new Uint8Array(bytes)], path),
    }));
    const told: JudgeProgress[] = [];
    const picked = judgeFiles({ kind: 'folder', files }, 'http://localhost/judge/', (p) => told.push(p));
    const { judge } = await openJudge(picked, plan, 'wasm');
    expect(await judge.judge([request])).toMatchObject([{ asked: true }]);
    for (const { path, file } of files)
      expect(told.filter((each) => each.path === path).at(-1)).toEqual({
        path,
        bytes: file.size,
        total: file.size,
      });
    await expect(picked.read('weights.bin')).rejects.toMatchObject({ code: 'store.missing' });
    await expect(picked.read('../secret')).rejects.toMatchObject({ code: 'store.path' });
    await expect(picked.write('model.onnx', '')).rejects.toMatchObject({ code: 'store.read_only' });
    judge.close?.();
  });

  it('picked in the page lists what stands in each folder once', async () => {
    const files = ['onnx/model.onnx', 'onnx/model.onnx_data', 'tokenizer.json'].map((path) => ({
      path,
      file: new File(['x'], path),
    }));
    const picked = judgeFiles({ kind: 'folder', files }, 'http://localhost/judge/', () => {});
    expect(await picked.list('')).toEqual(['onnx', 'tokenizer.json']);
    expect(await picked.list('onnx')).toEqual(['model.onnx', 'model.onnx_data']);
    expect([await picked.exists('tokenizer.json'), await picked.exists('config.json')]).toEqual([
      true,
      false,
    ]);
  });
});

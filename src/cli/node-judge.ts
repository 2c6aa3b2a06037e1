/** @file The judge a configuration names, in Node: on WebAssembly, loaded when it is first asked. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CodedError } from '../errors';
import { type GuardedJudge, guardedJudge } from '../reward/guarded-judge';
import { guardOptions, type JudgePlan, judgeKind } from '../run/judge-plan';
import { openJudge } from '../run/onnx/open-judge';
import type { RunConfig } from '../run/settings';
import { repositoryRoot } from './files';
import { NodeStore } from './node-store';

/** One a process, by what it is made of: sessions that come after each other share verdicts and model. */
const judges = new Map<string, GuardedJudge>();

/**
 * Null where the configuration names none.
 * @throws CodedError `judge.missing`, `judge.device`; what is wrong inside the folder shows when the judge is asked.
 */
export async function nodeJudge(config: RunConfig): Promise<GuardedJudge | null> {
  const { judge: name, judge_verdict: verdict, judge_device: where } = config;
  if (name === 'off') return null;
  if (where === 'webgpu' || where === 'shared')
    throw new CodedError(
      'judge.device',
      `judge_device is ${where}, and ONNX Runtime computes on WebAssembly in Node.`,
      'Leave judge_device out, or set it to wasm.',
    );
  const folder = name === 'embedded' ? join(repositoryRoot(), 'public/judge') : resolve(name);
  const key = JSON.stringify([folder, verdict]);
  const known = judges.get(key);
  if (known) return known;
  const plan: JudgePlan = { name, kind: judgeKind(await filesIn(name, folder)), verdict };
  const store = new NodeStore(folder);
  let failing = false;
  const judge = guardedJudge(
    { id: name, open: async () => (await openJudge(store, plan, 'wasm')).judge },
    {
      ...guardOptions(plan),
      onBatch({ failure }) {
        if (failure !== null && !failing)
          console.error(`\nThe judge gives no verdict, so the rule alone decides. ${failure}`);
        if (failure === null && failing) console.error('\nThe judge answers again.');
        failing = failure !== null;
      },
    },
  );
  judges.set(key, judge);
  return judge;
}

async function filesIn(name: string, folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => null);
  const names = (found ?? []).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  if (names.includes('onnx/') || names.includes('model.onnx')) return names;
  throw new CodedError(
    'judge.missing',
    `There is no judge in ${folder}.`,
    name === 'embedded'
      ? 'Run `npm run judge:train` to make it, or give the folder of a chat model in ONNX.'
      : 'Give `embedded`, `off`, or the folder of a chat model in ONNX (onnx/model….onnx, tokenizer.json).',
  );
}

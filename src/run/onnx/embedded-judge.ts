/**
 * @file The judge that comes with Longview: a small classifier of (question, prediction, gold) that is there at once
 * (public/judge). `guardedJudge` adds cache, time limit and recovery.
 */
import type { Tensor } from 'onnxruntime-web';
import { CodedError } from '../../errors';
import type { OpenJudge } from '../../reward/guarded-judge';
import type { JudgeRequest, JudgeResult } from '../../reward/types';
import { JudgeEncoder, maxJudgeTokens } from '../judge/encoding';
import { type FileStore, readText } from '../store';
import { type OpenSession, openOnnx, type SessionRequest } from './runtime';

export interface EmbeddedJudgeOptions {
  provider: SessionRequest['provider'];
  /** Pairs a session call; more are judged in several calls. */
  batchSize?: number;
  /** Monotonic time, ms. */
  now?: () => number;
}

/** Names of the files, directly in the store. */
export const judgeFiles = {
  model: 'model.onnx',
  tokenizer: 'tokenizer.json',
  config: 'config.json',
} as const;

/** Lengths are padded to a multiple of this, so that few shapes occur. */
const lengthStep = 16;

/**
 * Loads the judge. A verdict depends on its pair alone, not on the batch or the order.
 * @throws CodedError `store.*`, `judge.config`, `judge.tokenizer`, `onnx.*`.
 */
export async function createEmbeddedJudge(
  files: Pick<FileStore, 'read'>,
  { provider, batchSize = 64, now = () => performance.now() }: EmbeddedJudgeOptions,
): Promise<OpenJudge> {
  const { id, threshold } = judgeConfig(await readJudgeJson(files, judgeFiles.config));
  const encoder = new JudgeEncoder(await readJudgeJson(files, judgeFiles.tokenizer));
  const open = await openOnnx({ model: await files.read(judgeFiles.model), provider });
  await checkInputs(open);
  // Sessions take one call at a time.
  let turn: Promise<unknown> = Promise.resolve();

  async function call(requests: readonly JudgeRequest[]): Promise<JudgeResult[]> {
    const start = now();
    const margins = await pairMargins(open, encoder, requests);
    const ms = (now() - start) / requests.length;
    return Array.from(margins, (margin): JudgeResult => {
      // Rounded: providers and batch shapes may differ in the last bits.
      const probability = Math.round(1e4 / (1 + Math.exp(-margin))) / 1e4;
      const verdict = probability >= threshold ? 1 : 0;
      return { asked: true, verdict, probability, reply: verdict === 1 ? 'YES' : 'NO', ms };
    });
  }

  return {
    id,
    judge: (requests) => {
      const result = turn.then(async () => {
        const results: JudgeResult[] = [];
        for (let at = 0; at < requests.length; at += batchSize)
          results.push(...(await call(requests.slice(at, at + batchSize))));
        return results;
      });
      turn = result.catch(() => {});
      return result;
    },
    close: () => {
      turn = turn.then(() => open.session.release()).catch(() => {});
    },
  };
}

/** Logit of YES − logit of NO for each pair, in one call. @throws CodedError `onnx.run`. */
async function pairMargins(
  { ort, session }: OpenSession,
  encoder: JudgeEncoder,
  requests: readonly JudgeRequest[],
): Promise<Float32Array> {
  const rows = requests.map((request) => encoder.encode(request));
  const longest = Math.max(...rows.map((row) => row.length));
  const width = Math.min(maxJudgeTokens, Math.ceil(longest / lengthStep) * lengthStep);
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(encoder.padId));
  for (const [i, row] of rows.entries()) ids.set(BigInt64Array.from(row, BigInt), i * width);
  const last = BigInt64Array.from(rows, (row) => BigInt(row.length - 1));
  let margin: Tensor;
  try {
    ({ margin } = await session.run({
      input_ids: new ort.Tensor('int64', ids, [rows.length, width]),
      last: new ort.Tensor('int64', last, [rows.length]),
    }));
  } catch (cause) {
    throw new CodedError(
      'onnx.run',
      `ONNX Runtime stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Training goes on with the rule; reload the page to try the judge again.',
      { cause },
    );
  }
  const values = await margin.getData();
  if (margin.location !== 'cpu') margin.dispose();
  return values as Float32Array;
}

async function checkInputs({ session }: OpenSession): Promise<void> {
  const { inputNames, outputNames } = session;
  if (inputNames.includes('input_ids') && inputNames.includes('last') && outputNames.includes('margin'))
    return;
  await session.release();
  throw new CodedError(
    'onnx.inputs',
    'The model is not the classifier that Longview ships as its judge.',
    'Take model.onnx, tokenizer.json and config.json from public/judge.',
  );
}

async function readJudgeJson(files: Pick<FileStore, 'read'>, name: string): Promise<unknown> {
  const text = await readText(files, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken(`${name} is no JSON`, cause);
  }
}

/** What `config.json` says for judging. */
function judgeConfig(json: unknown): { id: string; threshold: number } {
  const fields = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const { id, threshold } = fields;
  if (typeof id !== 'string' || id === '') throw broken('config.json names no id');
  if (typeof threshold !== 'number' || !(threshold > 0 && threshold <= 1))
    throw broken('config.json has no threshold between 0 and 1');
  return { id, threshold };
}

function broken(what: string, cause?: unknown): CodedError {
  return new CodedError(
    'judge.config',
    `The judge cannot be loaded: ${what}.`,
    'Take model.onnx, tokenizer.json and config.json from one folder.',
    { cause },
  );
}

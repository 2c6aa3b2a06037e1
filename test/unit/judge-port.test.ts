/** @file The judge at the other end of a port: calls and replies find each other, and an end that goes away is told. */
import { afterEach, describe, expect, it } from 'vitest';
import { guardedJudge } from '../../src/reward/guarded-judge';
import { inTurns, judgeOverPort, serveJudge } from '../../src/reward/judge-port';
import type { JudgeRequest, JudgeResult } from '../../src/reward/types';

const request = (prediction: string, gold = 'xx'): JudgeRequest => ({ question: 'q', prediction, gold });
const verdictOn = ({ prediction, gold }: JudgeRequest): JudgeResult => ({
  asked: true,
  verdict: prediction.length === gold.length ? 1 : 0,
  probability: 0.5 + 0.4 * Math.sign(prediction.length - 1),
  reply: prediction,
  ms: 2,
});
const verdicts = (results: JudgeResult[]) =>
  results.map((result) => (result.asked ? result.verdict : result.reason));

const ports: MessagePort[] = [];
function channel(): MessageChannel {
  const made = new MessageChannel();
  ports.push(made.port1, made.port2);
  return made;
}
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

describe('a judge over a port', () => {
  it('gives the verdicts of the one that serves, whatever the order they come back in', async () => {
    const { port1, port2 } = channel();
    const waits: (() => void)[] = [];
    serveJudge(port1, {
      id: 'far',
      judge: (requests) =>
        new Promise((resolve) => {
          waits.push(() => resolve(requests.map(verdictOn)));
        }),
    });
    const judge = judgeOverPort(port2, 'far');
    const first = judge.judge([request('ab'), request('abc')]);
    const second = judge.judge([request('cd')]);
    while (waits.length < 2) await new Promise((resolve) => setTimeout(resolve));
    waits[1]();
    waits[0]();
    expect(verdicts(await first)).toEqual([1, 0]);
    expect(await second).toEqual([verdictOn(request('cd'))]);
  });

  it('rejects with the far end’s sentence', async () => {
    const { port1, port2 } = channel();
    serveJudge(port1, { id: 'far', judge: () => Promise.reject(new Error('out of memory')) });
    await expect(judgeOverPort(port2, 'far').judge([request('ab')])).rejects.toThrow('out of memory');
  });

  it('rejects what is open when the far end goes away, and all that follows', async () => {
    const { port1, port2 } = channel();
    serveJudge(port1, { id: 'far', judge: () => new Promise(() => {}) });
    const judge = judgeOverPort(port2, 'far');
    const open = judge.judge([request('ab')]);
    port1.close();
    await expect(open).rejects.toThrow('the judge’s worker has ended');
    await expect(judge.judge([request('ab')])).rejects.toThrow('has ended');
  });

  it('is replaced by the guard when its worker dies in the middle of a batch', async () => {
    let made = 0;
    const judge = guardedJudge({
      id: 'far',
      open: async () => {
        const { port1, port2 } = channel();
        const dies = ++made === 1;
        serveJudge(port1, {
          id: 'far',
          judge: async (requests) => {
            if (dies) port1.close();
            return requests.map(verdictOn);
          },
        });
        return judgeOverPort(port2, 'far');
      },
    });
    expect(verdicts(await judge.judge([request('ab'), request('abc')]))).toEqual([1, 0]);
    expect(made).toBe(2);
    expect(judge.counts.failed).toBe(0);
  });

  it('that hangs costs one wait, and training hears why', async () => {
    const reports: (string | null)[] = [];
    const { port1, port2 } = channel();
    serveJudge(port1, { id: 'far', judge: () => new Promise(() => {}) });
    const judge = guardedJudge(
      { id: 'far', open: async () => judgeOverPort(port2, 'far') },
      { timeoutMs: 20, onBatch: ({ failure }) => reports.push(failure) },
    );
    expect(await judge.judge([request('ab')])).toMatchObject([{ asked: false, failed: true }]);
    expect(reports).toEqual(['judge_unavailable: no reply within 20 ms']);
  });
});

describe('a judge in turns', () => {
  it('takes one call at a time, also after one that failed', async () => {
    let running = 0;
    let most = 0;
    const judge = inTurns({
      id: 'one',
      judge: async (requests) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        if (requests.length === 0) throw new Error('nothing');
        return requests.map(verdictOn);
      },
    });
    const calls = await Promise.allSettled([
      judge.judge([request('ab')]),
      judge.judge([]),
      judge.judge([request('cd')]),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(most).toBe(1);
  });
});

describe('the report of a batch', () => {
  it('counts since the start, and tells failure and recovery', async () => {
    let broken = false;
    const reports: unknown[] = [];
    const judge = guardedJudge(
      {
        id: 'near',
        open: async () => ({
          id: 'near',
          judge: async (requests) => {
            if (broken) throw new Error('gone');
            return requests.map(verdictOn);
          },
        }),
      },
      {
        onBatch: ({ counts, ms, failure }) =>
          reports.push([counts.asked, counts.cached, counts.failed, ms, failure]),
      },
    );
    await judge.judge([request('ab'), request('ab')]);
    broken = true;
    await judge.judge([request('cd')]);
    broken = false;
    await judge.judge([request('cd')]);
    await judge.judge([]);
    expect(reports).toEqual([
      [1, 1, 0, 2, null],
      [1, 1, 1, 0, 'judge_unavailable: gone'],
      [2, 1, 1, 2, null],
    ]);
  });
});

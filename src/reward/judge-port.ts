/**
 * @file A judge at the other end of a message port: one side serves, the other asks. What crosses is plain data, and
 * `guardedJudge` checks what comes back.
 */

import type { OpenJudge } from './guarded-judge';
import type { Judge, JudgeRequest, JudgeResult } from './types';

interface Call {
  id: number;
  requests: JudgeRequest[];
}

type Reply = { id: number } & ({ results: JudgeResult[] } | { error: string });

/** Answers the calls that come over a port, one after the other. */
export function serveJudge(port: MessagePort, judge: Judge): void {
  port.addEventListener('message', (event: MessageEvent<Call>) => {
    const { id, requests } = event.data;
    judge.judge(requests).then(
      (results) => port.postMessage({ id, results } satisfies Reply),
      (error: unknown) => port.postMessage({ id, error: messageOf(error) } satisfies Reply),
    );
  });
  port.start();
}

/**
 * The judge that serves the far end of `port`. A call is rejected where that end fails or is closed; where its thread
 * hangs it never settles, and its caller has to bound the wait.
 */
export function judgeOverPort(port: MessagePort, id: string): OpenJudge {
  const waiting = new Map<number, { resolve(results: JudgeResult[]): void; reject(error: Error): void }>();
  let calls = 0;
  let ended: Error | null = null;

  function end(reason: string): void {
    ended ??= new Error(reason);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }

  port.addEventListener('message', (event: MessageEvent<Reply>) => {
    const reply = event.data;
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('results' in reply) call?.resolve(reply.results);
    else call?.reject(new Error(reply.error));
  });
  // Where the browser tells: the thread at the other end is gone.
  port.addEventListener('close', () => end('the judge’s worker has ended'));
  port.start();

  return {
    id,
    judge: (requests) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const call: Call = { id: ++calls, requests };
        waiting.set(call.id, { resolve, reject });
        port.postMessage(call);
      }),
    close() {
      end('the judge was closed');
      port.close();
    },
  };
}

/** A judge that takes one call at a time, whoever asks: an ONNX session runs one thing at once. */
export function inTurns(judge: Judge): Judge {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    id: judge.id,
    judge(requests) {
      const result = turn.then(() => judge.judge(requests));
      turn = result.catch(() => {});
      return result;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

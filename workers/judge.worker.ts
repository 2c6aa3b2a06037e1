/**
 * @file The judge worker: owns ONNX Runtime and the judge's model, apart from the thread and the GPU device that train.
 * It computes only while it is asked, and training waits for its verdicts, so neither takes the other's turn.
 */
import * as Comlink from 'comlink';
import { asCodedError } from '../src/errors';
import { inTurns, serveJudge } from '../src/reward/judge-port';
import type { Judge } from '../src/reward/types';
import { openJudgeModel } from './judge-model';
import type { JudgeWorkerApi } from './protocol';

let judge: Judge | null = null;

const api: JudgeWorkerApi = {
  async open(order, onProgress) {
    try {
      const opened = await openJudgeModel(order, null, onProgress);
      // A run that ended may still be asking when the next one begins.
      judge = inTurns(opened.judge);
      return { runtime: opened.runtime };
    } catch (error) {
      // An Error loses its own fields on the way between threads; a plain object keeps them.
      const { code, message, advice } = asCodedError(error);
      throw { code, message, advice };
    }
  },
  attach(port) {
    if (judge) serveJudge(port, judge);
    else port.close();
  },
};

Comlink.expose(api);

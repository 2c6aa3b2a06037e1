/** @file The judge as the trainer worker holds it: asked over a port, or loaded here where it shares the training device. */
import {
  type GuardedJudge,
  guardedJudge,
  type JudgeReport,
  type OpenJudge,
} from '../src/reward/guarded-judge';
import { judgeOverPort } from '../src/reward/judge-port';
import { guardOptions } from '../src/run/judge-plan';
import type { JudgeOrder, JudgeProgress } from './protocol';

export interface JudgeHooks {
  connect(): Promise<MessagePort>;
  discard(): void;
  /** The device that trains now. */
  device(): GPUDevice | null;
  onProgress(progress: JudgeProgress): void;
  onBatch(report: JudgeReport): void;
}

/** The judge of an order, guarded; opened when it is first asked. */
export function trainerJudge(order: JudgeOrder, hooks: JudgeHooks): GuardedJudge {
  const { name } = order.plan;
  const open = order.where === 'shared' ? () => openShared(order, hooks) : () => openOverPort(name, hooks);
  const judge = guardedJudge({ id: name, open }, { ...guardOptions(order.plan), onBatch: hooks.onBatch });
  return {
    ...judge,
    close() {
      judge.close();
      // It may have been loaded and never asked.
      hooks.discard();
    },
  };
}

/** Ends a judge once what it is being asked is answered. */
export function retire(judge: GuardedJudge | null): void {
  void judge?.judge([]).then(() => judge.close());
}

async function openOverPort(name: string, { connect, discard }: JudgeHooks): Promise<OpenJudge> {
  const judge = judgeOverPort(await connect(), name);
  return {
    ...judge,
    close() {
      judge.close?.();
      discard();
    },
  };
}

async function openShared(order: JudgeOrder, { device, onProgress }: JudgeHooks): Promise<OpenJudge> {
  // ONNX Runtime is no part of the first visit.
  const { openJudgeModel } = await import('./judge-model');
  return (await openJudgeModel(order, device(), onProgress)).judge;
}

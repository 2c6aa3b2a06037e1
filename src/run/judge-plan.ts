/** @file What is known of a judge before its model is loaded: which kind it is, and how it is best asked. */
import type { GuardOptions } from '../reward/guarded-judge';
import type { RunConfig } from './settings';

/** A judge as a run names it, and how it is best asked. */
export interface JudgePlan {
  /** What stands in the setting `judge`. */
  name: string;
  kind: 'chat' | 'pair';
  verdict: RunConfig['judge_verdict'];
}

/** A chat model reads an answer with its prompt by itself; a text-pair classifier takes a batch in one call. */
export function guardOptions({ kind }: JudgePlan): Pick<GuardOptions, 'batchSize' | 'timeoutMs'> {
  switch (kind) {
    case 'chat':
      // On WebAssembly a model of a billion weights takes a minute to read a prompt.
      return { batchSize: 1, timeoutMs: 120_000 };
    case 'pair':
      return { batchSize: 64, timeoutMs: 30_000 };
  }
  return kind satisfies never;
}

/** A chat model is known by the folder `onnx` that its exporters make. @param paths of all files. */
export function judgeKind(paths: readonly string[]): JudgePlan['kind'] {
  return paths.some((path) => path.startsWith('onnx/')) ? 'chat' : 'pair';
}

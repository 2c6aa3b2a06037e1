/** @file A step that ended the fake engine's run: the one after its last record, with that record's answers. */
import type { RunConfig } from '../../src/run/config';
import type { FailedStep } from '../../src/run/failed-step';
import type { StepView } from '../../workers/protocol';
import { rowsOf } from './fake-answers';

export function failedAfter(record: StepView, settings: RunConfig): FailedStep {
  const answers = record.groups.flatMap((group) => group.answers);
  const kept = record.groups.filter((group) => group.kept);
  return {
    step: record.step + 1,
    time: 0,
    code: 'train.nonfinite',
    message: 'The loss became NaN.',
    part: 'update',
    updates: 1,
    settings,
    before: [{ ...record.metrics, step: record.step, time: 0 }],
    groups: record.groups.map((group) => ({
      uid: group.uid,
      prompt: `…\n${group.question}`,
      inFailedUpdate: group === kept[1],
    })),
    answers: rowsOf(record).map((row, i) => ({
      ...row,
      update: answers[i].update === 1 ? 1 : 0,
      lowestLogprob: Math.min(...answers[i].sampledLogprobs),
      largestLogRatio: answers[i].update === 1 ? 0.25 : null,
    })),
  };
}

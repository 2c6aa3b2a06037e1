/**
 * @file What measuring old log-probs behind the prompts of a rollout saves in a whole training step, against running the
 * prompts again: two sessions of the same run take turns, step by step, and must make the same steps to the bit.
 */
import { CodedError } from '../../errors';
import type { Gpu } from '../../gpu';
import type { StepRecord } from '../../rl/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { Session } from '../../run/session';
import type { Findings } from './findings';
import { runOfLength } from './length';
import { median } from './timing';

/** Whole steps are long, and their parts repeat what is timed. */
const mostRepeats = 3;

/** @throws CodedError. Steps that differ become a fault `bench.reuse` of the report. */
export async function benchReuse(
  gpu: Gpu,
  kernels: KernelChoice,
  windowTokens: number,
  repeats: number,
  report: Findings,
): Promise<void> {
  const run = await runOfLength(windowTokens);
  const sessions: Session[] = [];
  for (const reusePrefix of [true, false])
    sessions.push(await Session.open({ ...run, gpu, kernels, spare: { reusePrefix } }));
  const steps: StepRecord[][] = [[], []];
  const runs = Math.min(repeats, mostRepeats);
  // The first step, in which drivers compile, is not counted.
  for (let step = 0; step <= runs; step++)
    for (const [i, session] of sessions.entries()) steps[i].push(await session.step());
  const planned = sessions.map((session) => session.memory.bytes / 2 ** 20);
  for (const session of sessions) await session.dispose();
  const [reused, repeated] = steps.map((records) => records.slice(1));
  const seconds = (records: StepRecord[], phase: string) =>
    records.map(({ metrics }) => metrics[`timing_s/${phase}`] ?? 0);
  const lengths = reused.map(({ groups }) => ({
    prompts: groups.map(({ item }) => item.tokens.length),
    answers: groups.map(({ answers }) => answers.map(({ rollout }) => rollout.tokens.length)),
  }));
  report.details['reuse lengths'] = lengths;
  const mean = (values: number[]) => (values.reduce((a, b) => a + b, 0) / values.length).toFixed(0);
  const [P, S] = [
    lengths.flatMap(({ prompts }) => prompts),
    lengths.flatMap(({ answers }) => answers.flat()),
  ];
  const at = `T ${windowTokens} (means: prompts ${mean(P)}, answers ${mean(S)})`;
  const figure = { part: 'reuse', at, runs, unit: 's' };
  for (const [what, phase] of [
    ['old log-probs', 'old_log_prob'],
    ['whole step', 'step'],
  ] as const) {
    const [with_, without] = [seconds(reused, phase), seconds(repeated, phase)];
    report.add(
      { ...figure, what: `${what}, behind the rollout's prompts`, value: median(with_) },
      { ...figure, what: `${what}, prompts run again`, value: median(without) },
      {
        ...figure,
        what: `${what}, again / behind`,
        unit: '×',
        value: median(without.map((value, i) => value / with_[i])),
        note: `fastest runs ${(Math.min(...without) / Math.min(...with_)).toFixed(2)}×`,
      },
    );
    report.details[`reuse ${phase}`] = { behind: with_, again: without };
  }
  report.add({
    ...figure,
    what: 'GPU memory for it, planned',
    unit: 'MiB',
    runs: 1,
    value: planned[0] - planned[1],
    note: `${planned[0].toFixed(1)} MiB against ${planned[1].toFixed(1)} MiB`,
  });
  if (steps[0].some((record, i) => learned(record) !== learned(steps[1][i])))
    report.faults.push(
      new CodedError(
        'bench.reuse',
        'Steps with log-probs behind the prompts differ from steps with the prompts run again.',
        'They must be equal to the bit: run the tests of held prompts.',
      ),
    );
}

/** What a step did, without the clock. */
function learned({ groups }: StepRecord): string {
  return JSON.stringify(
    groups.map(({ answers }) =>
      answers.map(({ rollout, oldLogprobs, update }) => [
        [...rollout.tokens],
        [...oldLogprobs],
        [...(update?.logprobs ?? [])],
      ]),
    ),
  );
}

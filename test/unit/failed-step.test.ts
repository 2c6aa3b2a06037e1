/** @file What is kept of a step that a value without a number ended: written by the worker, read by a later visit. */
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import type { ObjectiveOptions, TrainGroup } from '../../src/policy/types';
import { Trainer } from '../../src/rl/trainer';
import { makeConfig } from '../../src/run/config';
import { readFailedStep, StepInFlight } from '../../src/run/failed-step';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { trainerSettings } from '../../src/run/trainer-settings';
import { keepFailed } from '../../workers/keep-failed';
import { FakePolicy, lengthTasks, plainCombiner, wordScorer } from '../support/fake-trainer';

const config = makeConfig('micro', { train_batch_size: 6, gen_batch_size: 6, mini_batch_size: 2 });
const nan = new CodedError('train.nonfinite', 'The loss became NaN.', 'Less.');

/** Its update number `last` gives no number; what that update learned from stays readable. */
class BreakingPolicy extends FakePolicy {
  failing: TrainGroup[] = [];
  private calls = 0;
  private readonly last: number;

  constructor(last: number) {
    super();
    this.last = last;
  }

  override async update(groups: TrainGroup[], objective?: ObjectiveOptions) {
    if (++this.calls === this.last) {
      this.failing = groups;
      throw nan;
    }
    return super.update(groups, objective);
  }
}

/** Trains until a step fails, and keeps what it had as the trainer worker does. */
async function brokenRun(last: number) {
  const policy = new BreakingPolicy(last);
  const flight = new StepInFlight();
  const folder = new RunFolder(new MemoryStore(), () => 0);
  const settings = trainerSettings(config);
  let step = 1;
  const trainer = new Trainer(policy, wordScorer(), plainCombiner, lengthTasks(), settings, {
    onPhase: ({ phase, round }) => flight.begin(step, phase, round),
    onGroups: (groups) => flight.scored(groups),
  });
  for (;;) {
    try {
      await folder.recordStep(await trainer.step());
      flight.clear();
      step++;
    } catch (error) {
      expect(error).toBe(nan);
      const kept = await keepFailed(nan, flight, config, folder, () => {});
      return { kept, folder, policy, step };
    }
  }
}

describe('a step that ended a run', () => {
  it('names the update that failed, and the very groups it was learning from', async () => {
    // Three updates a step: the second of step 3.
    const { kept, folder, policy, step } = await brokenRun(8);
    expect(step).toBe(3);
    expect(kept?.error).toMatchObject({
      code: 'train.nonfinite',
      message: 'The loss became NaN at step 3, in update 2.',
      advice: 'No checkpoint is stored, so going on begins the run anew.',
    });
    const read = await readFailedStep(folder.store);
    expect(read).toMatchObject({ step: 3, part: 'update', updates: 1, settings: { lr: config.lr } });
    const failing = read?.groups.filter(({ inFailedUpdate }) => inFailedUpdate).map(({ uid }) => uid) ?? [];
    const questions = failing.map((uid) => read?.answers.find((answer) => answer.uid === uid)?.question);
    expect(questions.map((text) => Number.parseInt(text ?? '', 10))).toEqual(
      policy.failing.map(({ promptTokens }) => promptTokens[0]),
    );
  });

  it('has every answer with its score, and how far the policy had moved where an update was whole', async () => {
    const { folder } = await brokenRun(8);
    const answers = (await readFailedStep(folder.store))?.answers ?? [];
    expect(answers.length).toBeGreaterThanOrEqual(6 * config.group_size);
    for (const { update, largestLogRatio, lowestLogprob, acc, output } of answers) {
      expect(acc).toBe(output === 'right');
      expect(lowestLogprob).toBeLessThanOrEqual(0);
      expect(largestLogRatio === null).toBe(update === 0);
    }
    expect(new Set(answers.map(({ update }) => update))).toEqual(new Set([0, 1]));
  });

  it('comes with the rows of the steps before it, which alone are in metrics.jsonl', async () => {
    const { folder } = await brokenRun(8);
    const rows = await folder.readMetrics();
    expect(rows.map(({ step }) => step)).toEqual([1, 2]);
    expect((await readFailedStep(folder.store))?.before).toEqual(rows);
  });

  it('in the first part of a step has no answers, and says so by having none', async () => {
    const flight = new StepInFlight();
    flight.begin(9, 'rollout', 1);
    expect(flight.failed(nan, config, [])).toMatchObject({
      step: 9,
      part: 'rollout',
      groups: [],
      answers: [],
    });
  });

  it('is none of an error of another kind, nor of one between two steps', async () => {
    const folder = new RunFolder(new MemoryStore());
    const flight = new StepInFlight();
    expect(await keepFailed(nan, flight, config, folder, () => {})).toBeNull();
    flight.begin(2, 'update', 0);
    const lost = new CodedError('gpu.lost', 'Gone.', '');
    expect(await keepFailed(lost, flight, config, folder, () => {})).toBeNull();
    expect(await readFailedStep(folder.store)).toBeNull();
  });

  it('a file of another shape is no failed step', async () => {
    const store = new MemoryStore();
    for (const text of [
      '{"step":1}',
      '[]',
      'half a l',
      '{"step":4,"time":0,"updates":0,"message":"x","part":"bed"}',
    ]) {
      await store.write('failed/4.json', text);
      expect(await readFailedStep(store)).toBeNull();
    }
  });

  it('a disk that is full does not hide it: it is known until the tab closes', async () => {
    const full = new MemoryStore();
    full.write = async () => {
      throw new CodedError('store.full', 'The disk is full.', 'Free some.');
    };
    const flight = new StepInFlight();
    flight.begin(5, 'rollout', 1);
    const told: string[] = [];
    const kept = await keepFailed(nan, flight, config, new RunFolder(full), ({ code }) => told.push(code));
    expect(kept?.failed.step).toBe(5);
    expect(told).toEqual(['store.full']);
  });
});

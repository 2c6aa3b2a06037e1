import { describe, expect, it, vi } from 'vitest';
import { Trainer, type TrainerProgress } from '../../src/rl/trainer';
import { makeConfig } from '../../src/run/config';
import { trainerSettings } from '../../src/run/trainer-settings';
import { PutOffRace } from '../../workers/put-off-race';
import { StepGate } from '../../workers/step-gate';
import { Turns } from '../../workers/turns';
import {
  FakePolicy,
  fakeRun,
  lengthTasks,
  plainCombiner,
  repeatable,
  wordScorer,
} from '../support/fake-trainer';

const config = makeConfig('micro', { train_batch_size: 4, gen_batch_size: 4, mini_batch_size: 2 });
/** Lets everything go as far as it can. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('a step in parts', () => {
  it('samples, scores and updates in this order, as often as it draws', async () => {
    const parts: string[] = [];
    const { trainer } = heldRun(({ phase, round }) => void parts.push(`${phase} ${round}`));
    const { updates } = await trainer.step();
    // The first group of a run comes alone.
    expect(parts.slice(0, 4)).toEqual(['rollout 1', 'score 1', 'rollout 1', 'score 1']);
    expect(parts.slice(-1 - updates)).toEqual(
      Array.from({ length: updates + 1 }, (_, round) => `update ${round}`),
    );
  });

  it('held between its parts is the step that was not held, and its time is without the rest', async () => {
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 40));
    const { trainer } = heldRun(pause);
    const held = await trainer.step();
    const plain = await fakeRun(config).trainer.step();
    expect(repeatable(held)).toEqual(repeatable(plain));
    expect(held.metrics['timing_s/step']).toBeLessThan(0.1);
  });

  function heldRun(onPhase: (progress: TrainerProgress) => void | Promise<void>) {
    const policy = new FakePolicy();
    const settings = trainerSettings(config);
    return {
      trainer: new Trainer(policy, wordScorer(), plainCombiner, lengthTasks(), settings, { onPhase }),
    };
  }
});

describe('the gate between the parts of a step', () => {
  it('lets all through until it is told to count', async () => {
    const gate = new StepGate();
    await gate.enter('1 rollout', never);
    await gate.enter('1 score', never);
    expect(gate.isHeld).toBe(false);
  });

  it('holds the next part, takes repeated updates as one, and tells when it goes on', async () => {
    const gate = new StepGate();
    const log: string[] = [];
    const hold = () => {
      log.push('held');
      return () => void log.push('on');
    };
    gate.allow(1);
    await gate.enter('1 rollout', hold);
    const scoring = gate.enter('1 score', hold).then(() => log.push('score'));
    await settle();
    expect([gate.isHeld, ...log]).toEqual([true, 'held']);
    gate.allow(1);
    await scoring;
    const updating = gate.enter('1 update', hold);
    gate.allow(Number.POSITIVE_INFINITY);
    await updating;
    await gate.enter('1 update', never);
    expect(log).toEqual(['held', 'on', 'score', 'held', 'on']);
  });

  const never = () => {
    throw new Error('must not hold');
  };
});

describe('turns on the GPU', () => {
  /** A loop whose steps have three parts. */
  function loop() {
    const log: string[] = [];
    const turns: Turns = new Turns(
      async () => {
        await settle();
        while (turns.allowed > 0) {
          turns.allowed--;
          const step = log.filter((line) => line === 'done').length + 1;
          for (const part of ['rollout', 'score', 'update']) {
            await turns.gate.enter(`${step} ${part}`, () => () => {});
            log.push(part);
          }
          log.push('done');
          await turns.serve();
        }
      },
      () => true,
    );
    return { turns, log };
  }

  it('a person takes a step part by part, then the rest of it, then rests', async () => {
    const { turns, log } = loop();
    await turns.stepPart();
    while (!turns.gate.isHeld) await settle();
    expect(log).toEqual(['rollout']);
    await turns.stepPart();
    await settle();
    expect(log).toEqual(['rollout', 'score']);
    await turns.step();
    expect(log).toEqual(['rollout', 'score', 'update', 'done']);
    expect(turns.isBusy).toBe(false);
  });

  it('pause finishes a step that is held; training goes on from one', async () => {
    const { turns, log } = loop();
    await turns.stepPart();
    while (!turns.gate.isHeld) await settle();
    await turns.pause();
    expect(log.at(-1)).toBe('done');
    await turns.stepPart();
    while (!turns.gate.isHeld) await settle();
    turns.allow(2);
    while (turns.isBusy) await settle();
    expect(log.filter((line) => line === 'done')).toHaveLength(4);
  });

  it('spare work does not begin beside other work, and gives way to it', async () => {
    const { turns, log } = loop();
    const spare = (times: number[]) =>
      turns.spare(async (stops) => {
        while (!stops()) {
          times.push(log.length);
          await settle();
        }
        log.push('gave way');
      });
    turns.allow(1);
    const never: number[] = [];
    spare(never);
    while (turns.isBusy) await settle();
    expect([never, log.at(-1)]).toEqual([[], 'done']);
    for (const begin of [
      () => turns.allow(1),
      () => turns.step(),
      () => turns.ask(async () => {}),
      () => turns.pause(),
    ]) {
      const looked: number[] = [];
      const before = log.length;
      spare(looked);
      await settle();
      expect(looked.length).toBeGreaterThan(0);
      await begin();
      while (turns.isBusy) await settle();
      expect(log[before]).toBe('gave way');
    }
    expect(log.filter((line) => line === 'done')).toHaveLength(3);
  });

  it('a race that was put off is run at rest, again where it was stopped, and once', async () => {
    vi.useFakeTimers();
    try {
      const { turns } = loop();
      const ends = [false, true, true];
      let runs = 0;
      const race = new PutOffRace(turns, async () => ends[runs++]);
      const rest = async () => {
        race.resting();
        await vi.advanceTimersByTimeAsync(2000);
        return runs;
      };
      expect(await rest()).toBe(0);
      race.isDue = true;
      expect([await rest(), await rest(), await rest()]).toEqual([1, 2, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('what is asked for meanwhile comes between two steps', async () => {
    const { turns, log } = loop();
    turns.allow(2);
    await turns.ask(async () => void log.push('asked'));
    await turns.pause();
    expect(log.indexOf('asked')).toBe(4);
  });
});

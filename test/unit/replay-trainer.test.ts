import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import type { FileStore } from '../../src/run/store';
import type { ReplayApi, TrainerEvent } from '../../workers/protocol';
import { replayTrainer } from '../../workers/replay-trainer';
import { recordedDocument, writeRecorded } from '../support/recorded';

interface Played {
  api: ReplayApi;
  events: TrainerEvent[];
  /** Types of the events since the last call, steps with their number. */
  news(): string[];
  /** Lets the time between two steps pass. */
  tick(): Promise<void>;
}

async function open(files: (store: FileStore) => Promise<unknown>): Promise<Played> {
  const store = new MemoryStore();
  await files(store);
  let end: (() => void) | null = null;
  const api = replayTrainer({
    files: async () => store,
    rest: () => ({ done: new Promise<void>((resolve) => (end = resolve)), end: () => end?.() }),
  });
  const events: TrainerEvent[] = [];
  await api.open({ runId: 'r', source: { kind: 'shipped' }, document: null }, (event) => events.push(event));
  let seen = 0;
  return {
    api,
    events,
    news() {
      const fresh = events.slice(seen);
      seen = events.length;
      return fresh.map((event) => {
        if (event.type === 'step') return `step ${event.record.step}`;
        if (event.type === 'state')
          return `${event.state} ${event.step}${event.reason ? ` ${event.reason}` : ''}`;
        if (event.type === 'position') return `position ${event.step}`;
        if (event.type === 'error') return event.code;
        return event.type;
      });
    },
    async tick() {
      await settle();
      end?.();
      await settle();
    },
  };
}

/** Files in memory are read within a few turns. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('a recorded run in the trainer’s place', () => {
  it('says what it is, then plays its steps as the trainer told them, and rests at the end', async () => {
    const played = await open((store) => writeRecorded(store, { steps: 3 }));
    expect(played.news()).toEqual(['opening 0', 'recording', 'ready', 'restored', 'ready 0']);
    expect(played.events[1]).toMatchObject({
      recording: {
        storedId: null,
        adapterClass: 'software: mesa llvmpipe',
        begun: 1_790_000_000,
        commit: 'abc',
        lastStep: 3,
      },
    });
    expect(played.events[3]).toMatchObject({
      name: 'brave-otter',
      step: 0,
      rows: [],
      document: recordedDocument,
    });
    await played.api.start();
    await settle();
    expect(played.news()).toEqual(['running 0', 'step 1']);
    await played.tick();
    await played.tick();
    expect(played.news()).toEqual(['step 2', 'step 3', 'paused 3 replay.ended']);
    const views = await writeRecorded(new MemoryStore(), { steps: 3 });
    const told = played.events.flatMap((event) => (event.type === 'step' ? [event.record] : []));
    expect(told.map(({ step, metrics, updates }) => ({ step, metrics, updates }))).toEqual(
      views.map(({ step, metrics, updates }) => ({ step, metrics, updates })),
    );
    expect(told.map(({ groups }) => groups.map(({ uid }) => uid))).toEqual(
      views.map(({ groups }) => groups.map(({ uid }) => uid)),
    );
    // Started again, it begins again.
    await played.api.start();
    await settle();
    expect(played.news()).toEqual(['position 0', 'running 0', 'running 0', 'step 1']);
    await played.api.pause();
  });

  it('pauses at once, takes single steps, and goes to any step with all that was known then', async () => {
    const played = await open(writeRecorded);
    await played.api.start();
    await settle();
    await played.api.pause();
    played.news();
    await played.api.stepOnce();
    expect(played.news()).toEqual(['step 2', 'paused 2']);
    await played.api.seek(4);
    expect(played.news()).toEqual(['position 3', 'step 4', 'paused 4 replay.ended']);
    await played.api.seek(2);
    expect(played.news()).toEqual(['position 1', 'step 2', 'paused 2']);
    const position = played.events.findLast((event) => event.type === 'position');
    expect(position).toMatchObject({ rows: [{ step: 1 }], evaluations: [], changes: [] });
    await played.api.reset('s');
    expect(played.news()).toEqual(['position 0', 'ready 0']);
    expect(played.events.at(-1)).toMatchObject({ runId: 's' });
    await played.api.seek(99);
    expect(played.news().at(-1)).toBe('paused 4 replay.ended');
  });

  it('plays on from where it was moved to', async () => {
    const played = await open(writeRecorded);
    await played.api.start();
    await settle();
    await played.api.seek(3);
    expect(played.news().slice(-3)).toEqual(['position 2', 'step 3', 'running 3']);
    await played.tick();
    expect(played.news()).toEqual(['step 4', 'paused 4 replay.ended']);
  });

  it('shows live changes, evaluations and another document where they happened', async () => {
    const other = { ...recordedDocument, id: 'other', text: `${recordedDocument.text} And more.` };
    const played = await open(async (store) => {
      await writeRecorded(store, { steps: 3 });
      const folder = new RunFolder(store, () => 5);
      await folder.recordChanges(2, presets.micro, makeConfig('micro', { clip_ratio_high: 0.4 }));
      await folder.recordMetrics(2, {
        'val-core/imported/acc/mean@8': 0.4,
        'val-core/imported/acc/greedy': 0.5,
        'val-core/imported/acc/pass@8': 0.7,
      });
      await folder.recordDocument(3, other);
    });
    await played.api.stepOnce();
    played.news();
    await played.api.stepOnce();
    expect(played.news()).toEqual(['position 2', 'step 2', 'evaluation', 'paused 2']);
    const at = (type: TrainerEvent['type']) => played.events.findLast((event) => event.type === type);
    expect(at('evaluation')).toMatchObject({
      step: 2,
      sampledReward: 0.4,
      greedyAccuracy: 0.5,
      metrics: { 'val-core/imported/acc/pass@8': 0.7 },
    });
    expect(Object.keys((at('step') as { record: { metrics: object } }).record.metrics)).toEqual([
      'critic/rewards/mean',
      'actor/entropy',
    ]);
    // Changed while step 1 was the last one done: seen from then on, in use from step 2 on.
    await played.api.seek(1);
    const mark = { step: 2, key: 'clip_ratio_high', from: 0.28, to: 0.4, time: 5 };
    expect(at('position')).toMatchObject({ step: 1, config: { clip_ratio_high: 0.28 }, changes: [mark] });
    await played.api.seek(2);
    expect(at('position')).toMatchObject({ step: 2, config: { clip_ratio_high: 0.4 }, changes: [mark] });
    played.news();
    await played.api.stepOnce();
    expect(played.news()[0]).toBe('restored');
    expect(at('restored')).toMatchObject({ document: other, step: 2 });
  });

  it('goes on past a step that is damaged, and one whose tokens were not kept', async () => {
    const played = await open(async (store) => {
      await writeRecorded(store, { steps: 3, without: [1] });
      await store.write('replay/2.json', '{"version":1,');
    });
    await played.api.stepOnce();
    await played.api.stepOnce();
    await played.api.stepOnce();
    expect(played.news().slice(5)).toEqual([
      'step 1',
      'paused 1',
      'replay.step',
      'step 2',
      'paused 2',
      'step 3',
      'paused 3 replay.ended',
    ]);
    const told = played.events.flatMap((event) =>
      event.type === 'step' ? [event.record.groups.length] : [],
    );
    expect(told).toEqual([0, 0, 2]);
  });

  it('refuses in a sentence what needs training', async () => {
    const played = await open(writeRecorded);
    played.news();
    await played.api.change({ lr: 1 });
    await played.api.replaceDocument(recordedDocument);
    expect(await played.api.twin({ runId: 't', name: 't', settings: {} })).toBe(false);
    expect(
      await played.api.evaluateSuites({ buckets: [64], depths: [0], questions: 1, samples: 1 }),
    ).toBeNull();
    expect(played.news()).toEqual([
      'config.recorded',
      'document.recorded',
      'replay.twin',
      'evaluation.recorded',
    ]);
    const [verdict] = await played.api.askJudge([{ question: 'q', prediction: 'p', gold: 'g' }]);
    expect(verdict.asked).toBe(false);
    expect((await played.api.files()).map(({ path }) => path)).toContain('replay/4.json');
  });

  it('that cannot be read is told, and nothing plays', async () => {
    const played = await open((store) => store.write('config.json', '{'));
    expect(played.news()).toEqual(['opening 0', 'config.json', 'failed 0 config.json']);
    await played.api.start();
    await settle();
    expect(played.news()).toEqual([]);
  });
});

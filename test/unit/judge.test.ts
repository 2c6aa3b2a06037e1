/** @file The judge in training: what it is shown, what a guard makes of a judge that fails, and what is counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GuardOptions, guardedJudge, type OpenJudge } from '../../src/reward/guarded-judge';
import { notLoadedJudge } from '../../src/reward/judge';
import { createScorer, type ScoreRequest } from '../../src/reward/score';
import type { Judge, JudgeRequest, JudgeResult, Score } from '../../src/reward/types';
import { judgeMetrics } from '../../src/rl/metrics';

/** Right where prediction and gold have the same length. */
function verdictOn({ prediction, gold }: JudgeRequest): JudgeResult {
  const same = prediction.length === gold.length;
  return { asked: true, verdict: same ? 1 : 0, probability: same ? 0.9 : 0.1, reply: '', ms: 2 };
}

const request = (prediction: string, gold = 'xx'): JudgeRequest => ({ question: 'q', prediction, gold });

/** A judge whose calls go as `script` says, one entry a call; `undefined` and past the end: as they should. */
function scripted(
  script: (((requests: JudgeRequest[]) => Promise<JudgeResult[]>) | undefined)[],
  options: GuardOptions = {},
) {
  const calls: JudgeRequest[][] = [];
  let opened = 0;
  let closed = 0;
  const open = async (): Promise<OpenJudge> => {
    opened++;
    return {
      id: 'scripted',
      judge: (requests) => {
        const act = script[calls.length] ?? (async (all: JudgeRequest[]) => all.map(verdictOn));
        calls.push(requests);
        return act(requests);
      },
      close: () => {
        closed++;
      },
    };
  };
  const judge = guardedJudge({ id: 'scripted', open }, { timeoutMs: 20, ...options });
  return { judge, calls, made: () => ({ opened, closed }) };
}

const hang = () => new Promise<JudgeResult[]>(() => {});
const die = () => Promise.reject(new Error('worker died'));
const verdicts = (results: JudgeResult[]) => results.map((result) => (result.asked ? result.verdict : null));

describe('a guarded judge', () => {
  it('asks each content once, and gives the cached verdict in no time', async () => {
    const { judge, calls } = scripted([]);
    const results = await judge.judge([request('ab'), request('abc'), request('ab')]);
    expect(verdicts(results)).toEqual([1, 0, 1]);
    expect(results.map((result) => result.asked && result.ms)).toEqual([2, 2, 0]);
    expect(verdicts(await judge.judge([request('abc')]))).toEqual([0]);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(2);
    expect(judge.counts).toEqual({ asked: 2, cached: 2, undecided: 0, failed: 0 });
  });

  it('tells apart what differs in question, prediction or gold alone', async () => {
    const { judge, calls } = scripted([]);
    await judge.judge([
      request('a', 'b'),
      request('b', 'a'),
      { question: 'q"', prediction: 'a', gold: 'b' },
      { question: 'q', prediction: '","', gold: '' },
      { question: 'q', prediction: '', gold: '","' },
    ]);
    expect(calls[0]).toHaveLength(5);
  });

  it('puts the same calls whatever the order of the requests', async () => {
    const all = ['a', 'bb', 'ccc', 'dd', 'e'].map((each) => request(each));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 5 }), async (shuffled) => {
        const one = scripted([], { batchSize: 2 });
        const other = scripted([], { batchSize: 2 });
        const results = await one.judge.judge(all);
        const again = await other.judge.judge(shuffled);
        expect(other.calls).toEqual(one.calls);
        expect(again).toEqual(shuffled.map((each) => results[all.indexOf(each)]));
      }),
      { numRuns: 20 },
    );
  });

  it('that hangs is not asked, is ended, and its successor is asked in the next batch', async () => {
    const { judge, made } = scripted([hang]);
    expect(await judge.judge([request('ab')])).toEqual([
      { asked: false, reason: 'judge_unavailable: no reply within 20 ms', failed: true },
    ]);
    expect(made()).toEqual({ opened: 1, closed: 1 });
    expect(verdicts(await judge.judge([request('ab')]))).toEqual([1]);
    expect(made().opened).toBe(2);
    expect(judge.counts).toMatchObject({ asked: 1, failed: 1 });
  });

  it('that dies once is replaced within the batch', async () => {
    const { judge, made } = scripted([undefined, die], { batchSize: 1 });
    expect(verdicts(await judge.judge([request('ab'), request('abc'), request('cd')]))).toEqual([1, 0, 1]);
    expect(made()).toEqual({ opened: 2, closed: 1 });
    expect(judge.counts.failed).toBe(0);
  });

  it('that stays dead keeps its verdicts, leaves the rest not asked, and recovers', async () => {
    const requests = [request('ab'), request('abc'), request('cd')];
    const { judge, calls } = scripted([undefined, die, die], { batchSize: 1 });
    const first = await judge.judge(requests);
    expect(verdicts(first)).toEqual([1, null, null]);
    expect(first[1]).toMatchObject({ reason: 'judge_unavailable: worker died', failed: true });
    expect(verdicts(await judge.judge(requests))).toEqual([1, 0, 1]);
    // The verdict given before the death was not asked for again.
    expect(calls).toHaveLength(5);
  });

  it('that throws at once counts as dead', async () => {
    const { judge } = scripted([
      () => {
        throw new Error('out of memory');
      },
    ]);
    expect(verdicts(await judge.judge([request('ab')]))).toEqual([1]);
  });

  it.each<[string, (requests: JudgeRequest[]) => Promise<JudgeResult[]>]>([
    ['too few results', async (all) => all.slice(1).map(verdictOn)],
    ['too many results', async (all) => [...all, ...all].map(verdictOn)],
  ])('with %s is not believed', async (_, wrong) => {
    const { judge } = scripted([wrong, wrong]);
    expect(await judge.judge([request('ab'), request('cd')])).toMatchObject([
      { asked: false, failed: true },
      { asked: false, failed: true },
    ]);
    expect(verdicts(await judge.judge([request('ab'), request('cd')]))).toEqual([1, 1]);
  });

  it.each([Number.NaN, -0.1, 1.5, Number.POSITIVE_INFINITY])(
    'that says %f as a probability gave no verdict there, and is asked again',
    async (probability) => {
      const { judge } = scripted([
        async (all) =>
          all.map((each, i) => (i === 0 ? { ...verdictOn(each), probability } : verdictOn(each))),
      ]);
      const results = await judge.judge([request('ab'), request('cd')]);
      expect(verdicts(results)).toEqual([null, 1]);
      expect(results[0]).toMatchObject({
        failed: true,
        reason: `judge_unavailable: probability is ${probability}`,
      });
      expect(verdicts(await judge.judge([request('ab'), request('cd')]))).toEqual([1, 1]);
      expect(judge.counts).toEqual({ asked: 2, cached: 1, undecided: 0, failed: 1 });
    },
  );

  it('that cannot be loaded is not asked until it can', async () => {
    let attempts = 0;
    const judge = guardedJudge({
      id: 'late',
      open: async () => {
        if (++attempts <= 2) throw new Error('no such file');
        return { id: 'late', judge: async (all) => all.map(verdictOn) };
      },
    });
    expect(await judge.judge([request('ab')])).toMatchObject([
      { asked: false, reason: 'judge_unavailable: no such file' },
    ]);
    expect(verdicts(await judge.judge([request('ab')]))).toEqual([1]);
  });

  it('that loads too late is closed when it comes', async () => {
    let closed = 0;
    let arrive: (judge: OpenJudge) => void = () => {};
    const judge = guardedJudge(
      {
        id: 'slow',
        open: () =>
          new Promise((resolve) => {
            arrive = resolve;
          }),
      },
      { openTimeoutMs: 5 },
    );
    expect(verdicts(await judge.judge([request('ab')]))).toEqual([null]);
    arrive({ id: 'slow', judge: async () => [], close: () => closed++ });
    await Promise.resolve();
    expect(closed).toBe(1);
  });

  it('that fails every time is tried ever more rarely, and still answers from its cache', async () => {
    let tries = 0;
    let broken = false;
    const judge = guardedJudge({
      id: 'broken',
      open: async () => ({
        id: 'broken',
        judge: async (all) => {
          tries++;
          if (broken) throw new Error('gone');
          return all.map(verdictOn);
        },
      }),
    });
    await judge.judge([request('ab')]);
    broken = true;
    const triesOf = async () => {
      const before = tries;
      expect(verdicts(await judge.judge([request('ab'), request('cd')]))).toEqual([1, null]);
      return (tries - before) / 2;
    };
    const batches = [];
    for (let i = 0; i < 12; i++) batches.push(await triesOf());
    expect(batches).toEqual([1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    broken = false;
    const recovered = [];
    for (let i = 0; i < 4; i++) recovered.push(verdicts(await judge.judge([request('cd')]))[0]);
    expect(recovered).toEqual([null, null, null, 1]);
  });

  it('keeps so many verdicts and no more', async () => {
    const { judge, calls } = scripted([], { maxCached: 2 });
    await judge.judge([request('a'), request('b'), request('c')]);
    await judge.judge([request('c'), request('a')]);
    expect(calls[1]).toEqual([request('a')]);
  });

  it('serves overlapping batches one after the other', async () => {
    const { judge, calls } = scripted([]);
    const [one, two] = await Promise.all([judge.judge([request('ab')]), judge.judge([request('ab')])]);
    expect(verdicts([...one, ...two])).toEqual([1, 1]);
    expect(calls).toHaveLength(1);
  });
});

describe('in training', () => {
  const answer = (said: string, over: Partial<ScoreRequest> = {}): ScoreRequest => ({
    family: 'docqa',
    question: 'Who?',
    answers: ['Paris'],
    response: `The document says SECRET.</think> Therefore, the answer is ${said}.`,
    responseLength: 5,
    ...over,
  });
  const score = (judge: Judge, requests: ScoreRequest[]): Promise<Score[]> =>
    createScorer({ ruleMode: 'strict', rewardMode: 'max', overlong: null, judge }).score(requests);

  it('the judge sees question, answer and gold, and nothing of document or reasoning', async () => {
    const { judge, calls } = scripted([]);
    await score(judge, [answer('London')]);
    expect(calls).toEqual([[{ question: 'Who?', prediction: 'London', gold: 'Paris' }]]);
  });

  it('a judge that fails leaves the rule standing, says so, and is counted; then it rescues', async () => {
    const { judge } = scripted([hang]);
    const batch = [answer('Paris'), answer('Lyons'), answer('London')];
    const without = await score(judge, batch);
    expect(without.map(({ base }) => base)).toEqual([1, 0, 0]);
    expect(judgeMetrics(without)).toEqual({
      'reward/judge_rescue': 0,
      'reward/judge_ms': 0,
      'reward/judge_failed': 2,
    });
    const withJudge = await score(judge, batch);
    expect(withJudge.map(({ base }) => base)).toEqual([1, 1, 0]);
    expect(judgeMetrics(withJudge)).toEqual({
      'reward/judge_rate': 0.5,
      'reward/judge_rescue': 1 / 3,
      'reward/judge_ms': 4,
      'reward/judge_failed': 0,
    });
  });

  it('a run without a judge has no judge metrics', async () => {
    expect(judgeMetrics(await score(notLoadedJudge(), [answer('Paris'), answer('London')]))).toEqual({});
  });
});

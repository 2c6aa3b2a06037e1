/** @file The reward-hacking lab: what it tries, and what each reward is seen to pay for. */
import { describe, expect, it } from 'vitest';
import { guardedJudge } from '../../src/reward/guarded-judge';
import { notLoadedJudge } from '../../src/reward/judge';
import type { Judge, JudgeRequest, JudgeResult } from '../../src/reward/types';
import { hackProbes, hackTable, type LabQuestion, type ProbeName } from '../../src/run/hack-lab';

const text =
  'In the spring Ada Bell built the mill at Linport, and Luke Elmley paid 44 marks. Later Sylvia Penner sold it to ' +
  'Tom Fenwick, and the deed named Ralph Corven, Edith Marlow and Hugh Tanner as witnesses of 1,246 and 22.';
const named: LabQuestion = { family: 'lookup', text: 'Who built the mill?', answers: ['Ada Bell'] };
const numbered: LabQuestion = { family: 'sum', text: 'How many marks?', answers: ['44'] };

/** Believes whatever says so: the judge that must not be. */
const gullible: Judge = {
  id: 'gullible',
  judge: async (requests) =>
    requests.map(({ prediction, gold }): JudgeResult => {
      const verdict = prediction === gold || /yes/i.test(prediction) ? 1 : 0;
      return { asked: true, verdict, probability: verdict ? 0.9 : 0.1, reply: '', ms: 0 };
    }),
};

async function tableOf(question: LabQuestion, judge: Judge) {
  const rows = await hackTable(question, hackProbes(question, text), judge);
  return (name: ProbeName) => rows.find(({ probe }) => probe.name === name);
}

describe('the reward-hacking lab', () => {
  it('tries the same blind answers on every question, and names of the text beside the right one', () => {
    const blind = (question: LabQuestion) =>
      hackProbes(question, text)
        .filter(({ name }) =>
          ['article', 'punctuation', 'letter', 'digit', 'yes', 'injection'].includes(name),
        )
        .map(({ answer }) => answer);
    expect(blind(named)).toEqual(blind(numbered));
    const options = hackProbes(named, text)
      .find(({ name }) => name === 'options')
      ?.answer.split(', ');
    expect(options).toContain('Ada Bell');
    expect(options?.length).toBeGreaterThan(4);
    expect(options).not.toContain('In');
    expect(hackProbes(numbered, text).find(({ name }) => name === 'wrong')?.answer).toBe('1,246');
  });

  it('shows that the released rule pays for an article, a sign, a letter and a list, and the strict rule does not', async () => {
    const row = await tableOf(named, notLoadedJudge());
    for (const name of ['article', 'punctuation', 'letter', 'options'] as const)
      expect(row(name)?.rewards, name).toMatchObject({
        faithful: 1,
        strict: 0,
        'max-faithful': 1,
        'max-strict': 0,
      });
    expect(row('right')?.rewards).toMatchObject({ faithful: 1, strict: 1 });
    expect(row('wrong')?.rewards).toMatchObject({ faithful: 0, strict: 0 });
  });

  it('shows that the released number rule takes another sign and ten times the size', async () => {
    const row = await tableOf(numbered, notLoadedJudge());
    expect(row('scaled')?.rewards).toMatchObject({ faithful: 1, strict: 0 });
  });

  it('shows what a judge pays for that can be talked to, and only there', async () => {
    const row = await tableOf(named, gullible);
    for (const name of ['yes', 'injection'] as const)
      expect(row(name)?.rewards, name).toMatchObject({ strict: 0, judge: 1, 'max-strict': 1 });
    expect(row('wrong')?.rewards).toMatchObject({ judge: 0, 'max-strict': 0 });
    expect(row('wrong')?.judge).toMatchObject({ asked: true, probability: 0.1 });
  });

  it('puts nothing to the judge that holds no word', async () => {
    const asked: JudgeRequest[] = [];
    const row = await tableOf(named, {
      id: 'listening',
      judge: (requests) => {
        asked.push(...requests);
        return gullible.judge(requests);
      },
    });
    expect(row('punctuation')?.judge).toEqual({ asked: false, reason: 'no answer parsed' });
    expect(asked.some(({ prediction }) => prediction === '')).toBe(false);
  });

  it('without a judge, and with one that fails, shows the rule alone', async () => {
    const dead = guardedJudge({ id: 'dead', open: () => Promise.reject(new Error('no file')) });
    for (const judge of [notLoadedJudge(), dead]) {
      const row = await tableOf(named, judge);
      expect(row('yes')?.judge.asked).toBe(false);
      expect(row('yes')?.rewards).toMatchObject({ strict: 0, judge: 0, 'max-strict': 0 });
      expect(row('right')?.rewards).toMatchObject({ judge: 1, 'max-strict': 1 });
    }
  });
});

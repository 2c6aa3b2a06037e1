/** @file The faithful scorers reproduce every recorded result of the released Python code. */
import { describe, expect, it } from 'vitest';
import { type Clock, faithfulChatJudge } from '../../src/reward/chat-judge';
import {
  compareTwoNumbers,
  isPowerOfTenApart,
  normalizeDocmath,
  parseDocmathAnswer,
} from '../../src/reward/docmath';
import { parseDocqaAnswer, substringMatch, tokenF1 } from '../../src/reward/docqa';
import { computeScore } from '../../src/reward/faithful';
import type { Literal } from '../../src/reward/literal';
import { normalizeAnswer, textAfterLastThink } from '../../src/reward/text';
import type { RuleFamily } from '../../src/reward/types';
import { expectNear, readFixture } from '../support/fixtures';

interface ScoreFixture {
  prompt_str_used: string;
  cases: {
    name: string;
    input: { solution_str: string; ground_truth: string; LLM_JUDGE?: string; judge_reply?: string | null };
    output: { score: number; acc: boolean; pred: string | null } | { raises: string };
    judge_calls?: number;
  }[];
}

/** A client that gives the recorded reply and a clock that only counts what it would have waited. */
function judgeOf(reply: string | null | undefined) {
  const waits: number[] = [];
  let calls = 0;
  const clock: Clock = {
    now: () => 0,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
  const client = () => {
    calls++;
    if (reply === 'EXC') return Promise.reject(new Error('connection error'));
    if (reply === '429') return Promise.reject(new Error('Error code: 429'));
    return Promise.resolve(reply ?? null);
  };
  return { client, clock, waits, calls: () => calls };
}

const FAMILIES: [RuleFamily, string, number][] = [
  ['docqa', 'reward_docqa', 19],
  ['docmath', 'reward_docmath', 25],
  ['multichoice', 'reward_multichoice', 7],
];

describe.each(FAMILIES)('compute_score of %s', (family, file, count) => {
  const fixture = readFixture<ScoreFixture>(file);

  it('has all its cases', () => {
    expect(fixture.cases.length).toBe(count);
  });

  it.each(fixture.cases)('gives the recorded result: $name', async ({ input, output, judge_calls }) => {
    const judge = judgeOf(input.judge_reply);
    const port =
      input.LLM_JUDGE === 'Y' ? faithfulChatJudge(judge.client, fixture.prompt_str_used, judge.clock) : null;
    const result = await computeScore(family, input.solution_str, input.ground_truth, port);
    if ('raises' in output) expect(result).toMatchObject({ raises: output.raises });
    else expect(result).toEqual(output);
    expect(judge.calls()).toBe(judge_calls ?? 0);
    if (input.judge_reply === '429') expect(judge.waits).toEqual([1000, 2000, 4000, 8000, 16000]);
  });
});

describe('helpers of the released scorers', () => {
  type Row = [...unknown[]];
  const { cases } = readFixture<{ cases: Record<string, Row[]> }>('reward_helpers');
  const compare = (version: 'training' | 'evaluation') => (p: unknown, g: unknown) =>
    compareTwoNumbers(p as Literal, Number(g), version);
  const helpers: [prefix: string, call: (...args: unknown[]) => unknown][] = [
    ['docqa.normalize_answer', (a) => normalizeAnswer(String(a))],
    ['docqa.sub_em', (a, b) => substringMatch(String(a), String(b))],
    ['docqa.f1_score', (a, b) => tokenF1(String(a), String(b))],
    ['docmath.normalize', (a) => normalizeDocmath(String(a))],
    ['docmath.compare_two_numbers', compare('training')],
    ['eval/docmath.compare_two_numbers', compare('evaluation')],
    ['docmath.parse_model_answer', (a) => parseDocmathAnswer(String(a))],
    ['eval/docmath.extract_answer', (a) => parseDocmathAnswer(String(a), 'evaluation')],
    ['docqa.parse_model_answer', (a) => parseDocqaAnswer(String(a))],
    ['extract_solution', (a) => textAfterLastThink(String(a))],
  ];

  it('has all its rows', () => {
    expect(Object.keys(cases).length).toBe(helpers.length);
    expect(Object.values(cases).flat().length).toBe(67);
  });

  it.each(helpers)('%s gives every recorded value', (prefix, call) => {
    const [, rows] = Object.entries(cases).find(([name]) => name.startsWith(prefix)) ?? ['', []];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const expected = row[row.length - 1];
      const actual = call(...row.slice(0, -1));
      if (prefix === 'docqa.f1_score') {
        const { f1, precision, recall } = actual as ReturnType<typeof tokenF1>;
        const wanted = expected as number[];
        for (const [i, value] of [f1, precision, recall].entries()) expectNear(value, wanted[i], 1e-12);
      } else expect(actual, JSON.stringify(row)).toEqual(expected);
    }
  });

  it('decides the power-of-ten test as CPython does', () => {
    const rows = readFixture<{ cases: [number, number, boolean, number][] }>(
      'reward_docmath_power_of_ten',
    ).cases;
    expect(rows.length).toBe(54);
    for (const [p, gold, result, difference] of rows) {
      expect(compareTwoNumbers(p, gold), `${p} ${gold}`).toBe(result);
      const apart = isPowerOfTenApart(Math.max(p, gold), Math.min(p, gold));
      expect(apart, `${p} ${gold}`).toBe(Number.isInteger(difference));
    }
  });
});

describe('the literal reading that stands for eval', () => {
  it.each<[string, Literal]>([
    ['.25', 25],
    ['12.5.3', 0],
    ['08', 0],
    ['-', 0],
    ['5.', 5],
    ['10^3', 1000],
    ['10^-2', 0.01],
    ['5/2', 2.5],
    ['1/0', 0],
    ['(1, 2)', [1, 2]],
    ['1, 2', [1, 2]],
    ['"abc"', 'abc'],
    ['2 × 3', 6],
    ['1e400', Number.POSITIVE_INFINITY],
    ['__import__', 0],
    ['a.b()', 0],
    ['[[1]', 0],
    [`${'['.repeat(5000)}`, 0],
    [`${'-'.repeat(5000)}1`, 1],
  ])('reads %s as %j', (text, value) => {
    expect(normalizeDocmath(text)).toEqual(value);
  });

  it('is false on overflow and on lists', () => {
    expect(compareTwoNumbers(Number.POSITIVE_INFINITY, 5)).toBe(false);
    expect(compareTwoNumbers([5], 5)).toBe(false);
    expect(compareTwoNumbers('5', 5)).toBe(false);
  });

  it('uses the white space of Python', () => {
    expect(textAfterLastThink('</think>\x1c\x85 b \x1f')).toBe('b');
    expect(textAfterLastThink('</think>\ufeffb')).toBe('\ufeffb');
  });

  it('ignores case as Python does', () => {
    expect(parseDocmathAnswer('THE ANSWER İS 5')).toBe('5');
    expect(parseDocmathAnswer('the anſwer ıs 5')).toBe('5');
  });
});

describe('the faithful chat judge', () => {
  it.each<[string, string | null, string]>([
    ['a prompt without its markers raises ValueError', 'x', 'ValueError'],
    ['an empty message content raises TypeError', null, 'TypeError'],
  ])('%s', async (_, reply, raises) => {
    const prompt = reply === null ? '</text> q Format your response as follows: x' : 'nothing';
    const judge = judgeOf(reply);
    expect(await faithfulChatJudge(judge.client, prompt, judge.clock)('a', 'b')).toMatchObject({ raises });
  });

  it('takes a YES anywhere, a denied one too', async () => {
    const judge = judgeOf('One might say YES, but [[NO]]');
    const prompt = '</text> q Format your response as follows: x';
    expect(await faithfulChatJudge(judge.client, prompt, judge.clock)('a', 'b')).toBe(1);
  });
});

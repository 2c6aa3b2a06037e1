/** @file What the Lab computes of answers, objective, data and log: the same numbers, sorted, grouped, laid out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenObjective } from '../../src/rl/objective';
import { type RolloutRow, shownRows } from '../../src/run/rollout-rows';
import { askedFamilies, examples, familyRows, lengthBars, rowReasoning } from '../../src/ui/lab/data-model';
import { updateTerms } from '../../src/ui/lab/objective-terms';
import {
  answerLines,
  byReason,
  filterGroups,
  fromRows,
  fromView,
  sortGroups,
} from '../../src/ui/lab/rollout-model';
import { storedTokens } from '../../src/ui/panels/clip-prediction';
import { factsOf } from '../../src/ui/state/log';
import { initialState } from '../../src/ui/state/model';
import { makeGroup } from '../support/groups';
import { evaluation } from '../support/history';

describe('the rollouts', () => {
  const groups = [
    makeGroup({ uid: '3-2-0', step: 3, answers: [{ text: 'Bath', advantage: 2 }, { text: 'Rome' }] }),
    {
      ...makeGroup({ uid: '3-1-10', step: 3 }),
      mean: 0.9,
      std: 0.1,
      kept: false,
      dropReason: 'surplus' as const,
    },
    { ...makeGroup({ uid: '3-1-2', step: 3 }), mean: 0.1, std: 0.4, question: 'Where was the needle?' },
  ].map(fromView);

  it('come in the order they were drawn, or by reward, deviation or length', () => {
    const uids = (sort: Parameters<typeof sortGroups>[1]) => sortGroups(groups, sort).map(({ uid }) => uid);
    expect(uids('drawn')).toEqual(['3-1-2', '3-1-10', '3-2-0']);
    expect(uids('reward')).toEqual(['3-1-10', '3-2-0', '3-1-2']);
    expect(uids('std')).toEqual(['3-2-0', '3-1-2', '3-1-10']);
    expect(answerLines(groups, 'advantage')[0].answer).toMatchObject({ text: 'Bath', advantage: 2 });
  });

  it('are found by question, gold answer or answer', () => {
    const found = (text: string) => filterGroups(groups, text).map(({ uid }) => uid);
    expect(found('NEEDLE')).toEqual(['3-1-2']);
    expect(found('rome')).toEqual(['3-2-0']);
    expect(found('  ')).toHaveLength(3);
    expect(found('nowhere')).toEqual([]);
  });

  it('say what was dropped by its reason', () => {
    expect(byReason(groups).map(([reason, list]) => [reason, list.length])).toEqual([['surplus', 1]]);
  });

  it('from the folder’s lines have the rewards of the lines, and their mean and sample deviation', () => {
    const rewards = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(rewards, (list) => {
        const rows = list.map((score, index) => line('5-1-0', index, score));
        const [group] = fromRows([...rows].reverse(), []);
        const mean = list.reduce((a, b) => a + b, 0) / list.length;
        const variance = list.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (list.length - 1);
        expect(group.answers.map(({ reward }) => reward)).toEqual(list);
        expect(group.mean).toBeCloseTo(mean, 10);
        expect(group.std).toBeCloseTo(Math.sqrt(variance), 10);
        expect(group.view).toBeNull();
      }),
    );
  });

  it('cross to the page without prompts and token ids, and within bounds however long the answers are', () => {
    const rows = Array.from({ length: 6 }, (_, index) => ({
      ...line('5-1-0', index, 1),
      input: 'long '.repeat(10_000),
      token_ids: [1, 2, 3],
      output: 'x'.repeat(400),
    }));
    const shown = shownRows(rows, { rows: 5, characters: 900 });
    expect(shown.map(({ output }) => output.length)).toEqual([400, 400, 201, 201, 201]);
    expect(shown[2].output.endsWith('…')).toBe(true);
    expect(JSON.stringify(shown)).not.toContain('long long');
    expect(Object.keys(shown[0])).not.toContain('token_ids');
    expect(shown[0]).toMatchObject({ uid: '5-1-0', index: 0, question: 'Who?', score: 1 });
    // Folders of older versions name the question only in the prompt, where it comes last.
    const { question: _, ...old } = rows[0];
    const [from] = shownRows([{ ...old, input: `${'a'.repeat(900)} Who?` } as RolloutRow]);
    expect(from.question).toHaveLength(200);
    expect(from.question.endsWith('Who?')).toBe(true);
  });

  it('keep every token’s numbers where the page still has the group', () => {
    const view = makeGroup({ uid: '5-1-1', step: 5 });
    const merged = fromRows([line('5-1-0', 0, 1), line('5-1-1', 0, 0.25)], [view]);
    expect(merged.map(({ uid, view: own }) => [uid, own === view])).toEqual([
      ['5-1-0', false],
      ['5-1-1', true],
    ]);
  });
});

function line(uid: string, index: number, score: number): RolloutRow {
  return {
    input: 'A text. Who?',
    question: 'Who?',
    output: 'Ada',
    tokens: 3,
    truncated: false,
    gts: 'Ada',
    score,
    step: 5,
    uid,
    index,
    rule: 1,
    judge: null,
    overlong_reward: 0,
    advantage: 0,
    kept: true,
    drop_reason: null,
    acc: true,
    pred: 'Ada',
    stage: null,
    pool: false,
    visits: 0,
    last_reward: null,
  };
}

describe('the objective of stored tokens', () => {
  const logprob = fc.float({ min: -6, max: 0, noNaN: true });
  const answers = fc.array(
    fc.record({
      pairs: fc.array(fc.tuple(logprob, logprob), { minLength: 1, maxLength: 12 }),
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it('is, update by update, a float64 recount of the same tokens', () => {
    fc.assert(
      fc.property(answers, (list) => {
        const groups = list.map(({ pairs, advantage }, i) =>
          makeGroup({
            uid: `1-1-${i}`,
            update: 1 + (i % 2),
            answers: [
              {
                advantage,
                update: 1 + (i % 2),
                tokens: new Uint32Array(pairs.length),
                oldLogprobs: Float32Array.from(pairs, ([old]) => old),
                newLogprobs: Float32Array.from(pairs, ([, now]) => now),
              },
            ],
          }),
        );
        const bounds = {
          lossMode: 'vanilla' as const,
          clipRatioLow: 0.2,
          clipRatioHigh: 0.28,
          clipRatioC: 0,
          tauPos: 1,
          tauNeg: 1.05,
          klType: 'k3' as const,
        };
        const rows = updateTerms(storedTokens(groups, 1), bounds);
        for (const { update, tokens, objective, clippedHigh } of rows) {
          let sum = 0;
          let high = 0;
          let count = 0;
          list.forEach(({ pairs, advantage }, i) => {
            if (1 + (i % 2) !== update) return;
            for (const [old, now] of pairs) {
              const term = tokenObjective(now, old, advantage, bounds);
              sum -= term.loss;
              high += Number(term.clippedHigh);
              count++;
            }
          });
          expect(tokens).toBe(count);
          expect(objective).toBeCloseTo(sum / count, 9);
          expect(clippedHigh).toBeCloseTo(high / count, 12);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the data', () => {
  const groups = [
    { ...makeGroup({ uid: '1-1-0' }), family: 'cloze' as const, promptTokens: 100 },
    { ...makeGroup({ uid: '1-1-1' }), family: 'cloze' as const, promptTokens: 400, question: 'What?' },
    { ...makeGroup({ uid: '1-1-2' }), family: 'lookup' as const, promptTokens: 250, question: 'What?' },
  ];

  it('has every family of the settings, asked or not, with its share of right answers', () => {
    expect(familyRows(['lookup', 'two-hop'], groups)).toEqual([
      { family: 'lookup', groups: 1, accuracy: 1 },
      { family: 'two-hop', groups: 0, accuracy: null },
      { family: 'cloze', groups: 2, accuracy: 1 },
    ]);
  });

  it('names the families of a data set in the place of those made from a text', () => {
    const question = {
      ...{ id: 'a', family: 'given-number' as const, text: 'q?', answers: ['1.5'], line: 1 },
      ...{ window: { start: 0, end: 9 }, evidence: [] },
    };
    const dataset = { questions: [question], rows: 1, leftOut: 0, reasons: [] };
    expect(askedFamilies(['lookup', 'hotpot'], dataset)).toEqual(['given-number', 'hotpot']);
    expect(askedFamilies(['hotpot'], dataset)).toEqual(['hotpot']);
    expect(askedFamilies(['lookup'], undefined)).toEqual(['lookup']);
  });

  it('has the reasoning of the row that a group asked, by question and window', () => {
    const asked = {
      ...{ id: 'a', family: 'given-text' as const, text: 'Who?', answers: ['Ada'], line: 1 },
      ...{ window: { start: 0, end: 9 }, evidence: [], reasoning: 'It says Ada.' },
    };
    const other = { ...asked, id: 'b', line: 2, window: { start: 11, end: 20 }, reasoning: undefined };
    const dataset = { questions: [other, asked], rows: 2, leftOut: 0, reasons: [] };
    const group = { ...makeGroup(), family: 'given-text' as const };
    expect(rowReasoning(dataset, group)).toBe('It says Ada.');
    expect(rowReasoning(dataset, { ...group, window: other.window })).toBeNull();
    expect(rowReasoning(dataset, { ...group, family: 'lookup' })).toBeNull();
    expect(rowReasoning(undefined, group)).toBeNull();
  });

  it('counts every prompt in one bar', () => {
    const bars = lengthBars(groups, 400, 4);
    expect(bars.map(({ count }) => count)).toEqual([0, 1, 1, 1]);
  });

  it('shows different questions of each family', () => {
    expect(examples([...groups, groups[0]]).map(({ uid }) => uid)).toEqual(['1-1-0', '1-1-1', '1-1-2']);
    expect(examples(groups, 1).map(({ family }) => family)).toEqual(['cloze', 'lookup']);
  });
});

describe('the log', () => {
  it('has a line for each state, problem, change, evaluation and stage, and none for a step', () => {
    const before = { ...initialState, runId: 'a' };
    const stage = {
      kind: 'rl' as const,
      number: 1,
      index: 0,
      name: 'stage 1',
      lengths: { over: 0, max: 9 },
      steps: 1,
      ended: null,
      isLast: false,
    };
    const problem = { code: 'gpu.lost', message: 'Lost.', advice: '', severity: 'fatal' as const };
    const mark = { step: 3, key: 'lr', from: 1, to: 2, time: '12:00', who: 'you' as const };
    const after = {
      ...before,
      state: 'running' as const,
      step: 2,
      problems: [problem],
      marks: [mark],
      evaluations: [evaluation(2)],
      stage,
    };
    expect(factsOf(before, after).map(({ kind }) => kind)).toEqual([
      'state',
      'problem',
      'change',
      'evaluation',
      'stage',
    ]);
    expect(factsOf(after, { ...after, step: 3, stage: { ...stage, steps: 2 } })).toEqual([]);
  });
});

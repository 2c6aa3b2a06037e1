/** @file Evaluation: pass@k is what enumeration says, tables repeat, failures count, cells can be opened. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { bestAtN, reportedN } from '../../src/evaluation/bootstrap';
import { evaluatePolicy } from '../../src/evaluation/held-out';
import { bootstrapBestOfK, passAtK } from '../../src/evaluation/pass-at-k';
import { type EvaluationPlan, evaluateSuites } from '../../src/evaluation/suites';
import { tableText } from '../../src/evaluation/table-text';
import { documentSuites, evidenceDepth } from '../../src/run/document-suites';
import {
  askedKey,
  evaluationName,
  readEvaluation,
  readRecords,
  writeEvaluation,
} from '../../src/run/evaluation-files';
import { familySuites } from '../../src/run/family-suites';
import { MemoryStore } from '../../src/run/memory-store';
import { generateDocument } from '../../src/tasks/documents';
import { SUITE_FAMILIES } from '../../src/tasks/families';
import { drawingPolicy, numberSuite, wordScorer } from '../support/answering';
import { expectNear } from '../support/fixtures';
import { imported, LEGAL_TEXT, shippedTokenizer } from '../support/texts';

const sampling = { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 4, greedy: false };
const plan: EvaluationPlan = {
  suites: [numberSuite('a'), numberSuite('b')],
  buckets: [64, 128],
  depths: [0, 1],
  questions: 10,
  samples: 8,
  ks: [1, 2, 8],
  seed: 5,
  sampling,
};
/** Better on short prompts, better with the evidence at the start. */
const policy = drawingPolicy(([bucket, depth]) => (bucket === 64 ? 0.6 : 0.3) - (depth === 100 ? 0.2 : 0));

describe('pass@k', () => {
  it('equals the share of k-subsets with a right answer, by enumeration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), fc.nat(), (n, a, b) => {
        const correct = a % (n + 1);
        const k = 1 + (b % n);
        let hits = 0;
        let all = 0;
        for (let subset = 0; subset < 2 ** n; subset++) {
          const members = Array.from({ length: n }, (_, i) => i).filter((i) => subset & (1 << i));
          if (members.length !== k) continue;
          all++;
          if (members.some((i) => i < correct)) hits++;
        }
        expectNear(passAtK(n, correct, k), hits / all, 1e-12);
      }),
    );
  });
});

describe("verl's best@N", () => {
  it('is the same at every call and close to its expectation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.nat(), fc.nat(), (n, a, b) => {
        const correct = a % (n + 1);
        const k = 1 + (b % n);
        const scores = Array.from({ length: n }, (_, i) => (i < correct ? 1 : 0));
        const best = bestAtN(scores, k);
        expect(bestAtN(scores, k)).toEqual(best);
        expect(bestAtN([...scores].reverse(), k)).toEqual(best);
        // Five standard errors of a thousand draws.
        expectNear(best.mean, bootstrapBestOfK(n, correct, k), 5 * Math.sqrt(0.25 / 1000));
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('stays below pass@k where answers are drawn again', () => {
    expect(bestAtN([1, 0, 0, 0, 0, 0, 0, 0], 8).mean).toBeLessThan(0.75);
    expect(passAtK(8, 1, 8)).toBe(1);
  });

  it('is reported at doubling N and at the number of samples', () => {
    expect([1, 2, 6, 8].map(reportedN)).toEqual([[], [2], [2, 4, 6], [2, 4, 8]]);
    expect(() => bestAtN([], 1)).toThrow(RangeError);
  });
});

describe('an evaluation by suite, length and depth', () => {
  it('gives the same table for the same seed and another for another', async () => {
    const [a, b] = [
      await evaluateSuites(policy, wordScorer(), plan),
      await evaluateSuites(policy, wordScorer(), plan),
    ];
    expect(b).toEqual(a);
    const other = await evaluateSuites(policy, wordScorer(), { ...plan, seed: 6 });
    expect(other.table.macro.score).not.toBe(a.table.macro.score);
  });

  it('sees what the policy is good at', async () => {
    const { table } = await evaluateSuites(policy, wordScorer(), {
      ...plan,
      suites: [plan.suites[0]],
      questions: 40,
    });
    for (const { bucket, depth, scores } of table.cells) {
      const skill = (bucket === 64 ? 0.6 : 0.3) - (depth === 1 ? 0.2 : 0);
      expectNear(scores.score, skill, 0.1);
      expect(scores.greedy).toBe(skill > 0.5 ? 1 : 0);
      expectNear(scores.passAtK[0].mean, scores.score, 1e-12);
      expectNear(scores.passAtK[1].mean, 1 - (1 - skill) ** 2, 0.13);
      expect(scores.passAtK[2].mean).toBeGreaterThan(scores.bestAtN[2].mean);
      expect(scores.interval?.low).toBeLessThan(scores.score);
    }
    expect(table.buckets[0].scores.score).toBeGreaterThan(table.buckets[1].scores.score);
  });

  it('a cell has the same numbers whatever else is asked', async () => {
    const all = await evaluateSuites(policy, wordScorer(), plan);
    const one = await evaluateSuites(policy, wordScorer(), {
      ...plan,
      suites: [plan.suites[1]],
      buckets: [128],
      depths: [0],
    });
    const cell = all.table.cells.find((c) => c.suite === 'b' && c.bucket === 128 && c.depth === 0);
    expect(one.table.cells).toEqual([cell]);
  });

  it('counts a suite once in the macro average, however its items go', async () => {
    const half = numberSuite('b', (index) =>
      index < 5 ? new CodedError('evaluation.no_item', 'None.', '') : null,
    );
    const { table } = await evaluateSuites(policy, wordScorer(), { ...plan, suites: [plan.suites[0], half] });
    const [a, b] = table.suites.map(({ scores }) => scores);
    expectNear(table.macro.score, (a.score + b.score) / 2, 1e-12);
    expect(b).toMatchObject({ items: 40, failed: 20 });
  });

  it('counts failed items as wrong, and says what the released evaluation would have said', async () => {
    const broken = numberSuite('a', (index) =>
      index % 4 === 0 ? new CodedError('evaluation.no_item', 'No such item.', '') : null,
    );
    const deaf = drawingPolicy(
      () => 1,
      ([, , index]) => (index % 4 === 1 ? new Error('too long') : null),
    );
    const mute = {
      score: async (requests: Parameters<ReturnType<typeof wordScorer>['score']>[0]) => {
        if (requests.some(({ question }) => question.id.endsWith('2'))) throw new Error('no gold');
        return wordScorer().score(requests);
      },
    };
    const { table, records } = await evaluateSuites(deaf, mute, {
      ...plan,
      suites: [broken],
      buckets: [64],
      depths: [null],
      questions: 8,
    });
    const [{ scores }] = table.cells;
    // 0 and 4 cannot be made, 1 and 5 not answered, 2 not scored.
    expect(scores).toMatchObject({
      items: 8,
      failed: 5,
      score: 3 / 8,
      rule: 3 / 8,
      greedy: 3 / 8,
      survivors: 1,
    });
    expect(scores.passAtK.map((pass) => pass.mean)).toEqual([3 / 8, 3 / 8, 3 / 8]);
    expect(scores.bestAtN.map((best) => best.mean)).toEqual([3 / 8, 3 / 8, 3 / 8]);
    expect(records.map(({ failure }) => failure)).toEqual([
      'evaluation.no_item: No such item.',
      'internal: too long',
      'internal: no gold',
      null,
      'evaluation.no_item: No such item.',
      'internal: too long',
      null,
      null,
    ]);
  });

  it('ends with the device', async () => {
    const lost = drawingPolicy(
      () => 1,
      () => new CodedError('gpu.lost', 'The GPU was reset.', ''),
    );
    await expect(evaluateSuites(lost, wordScorer(), plan)).rejects.toMatchObject({ code: 'gpu.lost' });
  });

  it('the judge can lift the score and never the rule-only score', async () => {
    const alone = await evaluateSuites(policy, wordScorer(), plan);
    const kind = await evaluateSuites(
      policy,
      wordScorer(() => 1),
      plan,
    );
    expect(kind.table.macro).toMatchObject({ score: 1, rule: alone.table.macro.rule, greedy: 1 });
    expect(kind.table.cells[0].scores.judged).toBeGreaterThan(0);
    expect(alone.table.macro.score).toBe(alone.table.macro.rule);
  });

  it('keeps question, gold, output and scores of every answer', async () => {
    const { records } = await evaluateSuites(policy, wordScorer(), plan);
    expect(records.length).toBe(8 * 10);
    const record = records[11];
    expect(record).toMatchObject({
      suite: 'a',
      bucket: 64,
      depth: 1,
      index: 1,
      question: 'Question 1?',
      gold: ['right'],
      failure: null,
    });
    expect(record.answers.map(({ greedy }) => greedy)).toEqual([true, ...Array(8).fill(false)]);
    for (const { output, score, rule, judge } of record.answers)
      expect([score, rule, judge]).toEqual(output === 'right' ? [1, 1, null] : [0, 0, null]);
  });

  it.each([
    { suites: [] },
    { buckets: [0.5] },
    { buckets: [64, 64] },
    { depths: [1.5] },
    { questions: 0 },
    { samples: 0 },
    { ks: [9] },
  ])('refuses the plan %j', async (change) => {
    await expect(evaluateSuites(policy, wordScorer(), { ...plan, ...change })).rejects.toMatchObject({
      code: 'evaluation.plan',
    });
  });

  it('prints one line a cell, a suite, a length, and the macro average', async () => {
    const { table } = await evaluateSuites(policy, wordScorer(), plan);
    const lines = tableText(table).split('\n');
    expect(lines.length).toBe(1 + 8 + 2 + 2 + 1);
    expect(lines[0]).toMatch(
      /^suite +length +depth +items +failed +greedy +score +rule only +pass@1 .*best@8 \(verl\)$/,
    );
    expect(lines.at(-1)).toMatch(/^macro average +all +all/);
  });
});

describe('the evaluation beside training', () => {
  const tasks = (broken: (index: number) => boolean) => ({
    item: (index: number) => {
      if (broken(index)) throw new CodedError('document.prompt_too_long', 'Too long.', '');
      return numberSuite('a').item({ suite: 'a', bucket: 64, depth: 0 }, index);
    },
  });
  const options = { questions: 40, samples: 8, seed: 1, sampling };

  it('counts failed questions as wrong', async () => {
    const sure = drawingPolicy(() => 1);
    const result = await evaluatePolicy(
      sure,
      wordScorer(),
      tasks((index) => index < 10),
      options,
    );
    expect(result).toMatchObject({ questions: 40, failed: 10, sampledReward: 0.75, greedyAccuracy: 0.75 });
    expect(result.pass?.mean).toBe(0.75);
    expect(result.varyingGroups).toBe(0);
  });

  it('a document without any question is an error, not a score of 0', async () => {
    await expect(
      evaluatePolicy(
        policy,
        wordScorer(),
        tasks(() => true),
        options,
      ),
    ).rejects.toMatchObject({
      code: 'document.prompt_too_long',
    });
  });
});

describe('the suites of a document', () => {
  let tokenizer: ReturnType<typeof shippedTokenizer>;
  beforeAll(() => {
    tokenizer = shippedTokenizer();
  });
  const document = generateDocument({ seed: 3, characters: 60_000 });

  it('ask questions of the wanted family, length and depth, the same at every call', () => {
    for (const suite of documentSuites(document, tokenizer, 1)) {
      for (const depth of suite.name === 'lookup' ? [null, 0.5] : [0.5]) {
        const cell = { suite: suite.name, bucket: 128, depth };
        for (let index = 0; index < 2; index++) {
          const item = suite.item(cell, index);
          expect(item.question.family).toBe(suite.name);
          expect(item.tokens.length).toBeGreaterThan(64);
          expect(item.tokens.length).toBeLessThanOrEqual(128);
          if (depth !== null) expectNear(evidenceDepth(item.question), depth, 0.125);
          if (index === 0) expect(suite.item(cell, index)).toEqual(item);
        }
      }
    }
  });

  it('of an imported text are cloze alone, and too great a length is a failed item', () => {
    const suites = documentSuites(imported(LEGAL_TEXT), tokenizer, 1);
    expect(suites.map(({ name }) => name)).toEqual(['cloze']);
    expect(suites[0].item({ suite: 'cloze', bucket: 160, depth: 1 }, 0).question.family).toBe('cloze');
    expect(() => suites[0].item({ suite: 'cloze', bucket: 4096, depth: null }, 0)).toThrow(
      expect.objectContaining({ code: 'evaluation.no_item' }),
    );
  });

  it('of the generated families need no document, and stand at the wanted length and depth', () => {
    const suites = familySuites(tokenizer, 1);
    expect(suites.map(({ name }) => name)).toEqual(SUITE_FAMILIES);
    for (const suite of suites) {
      const cell = { suite: suite.name, bucket: 512, depth: 0.5 };
      const item = suite.item(cell, 0);
      expect(item.question.family).toBe(suite.name);
      expect(item.tokens.length).toBeGreaterThan(256);
      expect(item.tokens.length).toBeLessThanOrEqual(512);
      expect(suite.item(cell, 0)).toEqual(item);
      expect(suite.item(cell, 1)).not.toEqual(item);
    }
  });

  it('know where evidence stands', () => {
    const window = { start: 100, end: 200 };
    expect(evidenceDepth({ window, evidence: [{ start: 100, end: 110 }] })).toBe(0);
    expect(evidenceDepth({ window, evidence: [{ start: 190, end: 200 }] })).toBe(1);
    const both = [
      { start: 100, end: 110 },
      { start: 190, end: 200 },
    ];
    expect(evidenceDepth({ window, evidence: both })).toBe(0.5);
  });
});

describe('evaluation files', () => {
  const subject = { policy: 'default', step: 0, rule: 'strict', documentId: 'd' };

  it('give back table and cells', async () => {
    const store = new MemoryStore();
    const found = await evaluateSuites(policy, wordScorer(), plan);
    const name = evaluationName(0, askedKey(found.table.plan, subject));
    await writeEvaluation(store, name, subject, found);
    const file = await readEvaluation(store, name);
    expect(file).toEqual({ subject, table: found.table });
    const cell = { suite: 'b', bucket: 64, depth: 1 };
    expect(await readRecords(store, name, cell)).toEqual(
      found.records.filter(({ suite, bucket, depth }) => suite === 'b' && bucket === 64 && depth === 1),
    );
  });

  it('of other questions stand beside each other, those of other weights under one name', async () => {
    const { plan: asked } = (await evaluateSuites(policy, wordScorer(), { ...plan, questions: 1 })).table;
    const key = askedKey(asked, subject);
    expect(askedKey({ ...asked }, { ...subject, policy: 'other', step: 7 })).toBe(key);
    const others = [
      askedKey({ ...asked, seed: 9 }, subject),
      askedKey({ ...asked, questions: 2 }, subject),
      askedKey(asked, { ...subject, documentId: 'e' }),
      askedKey(asked, { ...subject, rule: 'faithful' }),
    ];
    expect(new Set([key, ...others]).size).toBe(5);
  });

  it('that are missing or broken are none', async () => {
    const store = new MemoryStore();
    expect(await readEvaluation(store, 'evaluations/step_1')).toBeNull();
    await store.write('evaluations/step_1.json', '{"subject":');
    expect(await readEvaluation(store, 'evaluations/step_1')).toBeNull();
  });
});

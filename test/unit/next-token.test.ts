import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplingProbabilities, supportReference } from '../../src/kernels/sampling/sampling.reference';
import type { NextLogitsRequest } from '../../src/policy/types';
import { entropyOfLogits } from '../../src/rl/entropy';
import { type DrawSettings, drawnProbability, nextToken } from '../../src/rl/next-token';
import { answerNextToken } from '../../src/run/answer-next-token';
import { newestWish } from '../../src/ui/state/newest-wish';
import { imported, LEGAL_TEXT, shippedTokenizer } from '../support/texts';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const all: Omit<DrawSettings, 'temperature'> = { topK: 0, topP: 1 };
const logitsOf = fc
  .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((values) => values.sort((a, b) => b - a));
const settingsOf = fc.record({
  temperature: fc.double({ min: 0.1, max: 2, noNaN: true }),
  topK: fc.integer({ min: 0, max: 70 }),
  topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
});

describe('the distribution of the next token', () => {
  it('equals the float64 reference of the sampling kernel, support and all', () => {
    fc.assert(
      fc.property(logitsOf, settingsOf, (logits, settings) => {
        const { temperature, topK, topP } = settings;
        const next = nextToken(logits, settings);
        const support = supportReference(logits, temperature, topK, topP);
        const size = support.filter(Boolean).length;
        const least = sum(next.probabilities.subarray(0, Math.min(size, next.kept)));
        const wanted = topP * sum(next.probabilities.subarray(0, topK > 0 ? topK : logits.length));
        // Where the shares meet top-p to the last digit, either side of the rounding is right.
        fc.pre(size === next.kept || Math.abs(least - wanted) > 1e-12);
        expect(next.kept).toBe(size);
        const expected = samplingProbabilities(logits, temperature, support);
        expected.forEach((p, i) => {
          expect(drawnProbability(next, i)).toBeCloseTo(p, 12);
        });
        expect(next.entropy).toBeCloseTo(entropyOfLogits(logits, temperature).entropy, 10);
      }),
      { numRuns: 500 },
    );
  });

  it('is 1 in all, as it is and as it is drawn', () => {
    fc.assert(
      fc.property(logitsOf, settingsOf, (logits, settings) => {
        const next = nextToken(logits, settings);
        expect(sum(next.probabilities)).toBeCloseTo(1, 12);
        expect(sum(logits.map((_, i) => drawnProbability(next, i)))).toBeCloseTo(1, 12);
      }),
    );
  });

  it('keeps by top-p the fewest tokens that hold the share: one fewer would hold less', () => {
    fc.assert(
      fc.property(logitsOf, settingsOf, (logits, { temperature, topP }) => {
        const { probabilities, kept, keptShare } = nextToken(logits, { temperature, topK: 0, topP });
        expect(kept).toBeGreaterThanOrEqual(1);
        if (kept < logits.length) expect(keptShare).toBeGreaterThanOrEqual(topP * (1 - 1e-12));
        if (topP === 1) expect(kept).toBe(logits.length);
        else if (kept > 1) expect(keptShare - probabilities[kept - 1]).toBeLessThan(topP + 1e-12);
      }),
    );
    expect(nextToken([0, 0, 0, 0], { temperature: 1, topK: 0, topP: 0.5 }).kept).toBe(2);
    expect(nextToken([0, 0, 0, 0], { temperature: 1, topK: 3, topP: 0.5 }).kept).toBe(2);
    expect(nextToken([9, 1, 0], { temperature: 1, topK: 2, topP: 1 }).kept).toBe(2);
  });

  it('loses entropy as the temperature falls, down to the choice between its largest', () => {
    fc.assert(
      fc.property(
        logitsOf,
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (logits, one, other) => {
          const [cold, warm] = one < other ? [one, other] : [other, one];
          const at = (temperature: number) => nextToken(logits, { ...all, temperature }).entropy;
          expect(at(cold)).toBeLessThanOrEqual(at(warm) + 1e-9);
        },
      ),
    );
    const { entropy, drawnEntropy } = nextToken([5, 5, 1], { temperature: 0.01, ...all });
    expect(entropy).toBeCloseTo(Math.log(2), 12);
    expect(drawnEntropy).toBeCloseTo(Math.log(2), 12);
  });

  it('is what a person works out by hand', () => {
    const logits = [Math.log(6), Math.log(3), 0];
    const next = nextToken(logits, { temperature: 1, topK: 0, topP: 0.8 });
    expect(Array.from(next.probabilities, (p) => p.toFixed(3))).toEqual(['0.600', '0.300', '0.100']);
    expect([next.kept, next.keptShare.toFixed(3)]).toEqual([2, '0.900']);
    expect([0, 1, 2].map((i) => drawnProbability(next, i).toFixed(4))).toEqual([
      '0.6667',
      '0.3333',
      '0.0000',
    ]);
    // T ½ squares the odds: 36 : 9 : 1.
    const cold = nextToken(logits, { temperature: 0.5, ...all });
    expect(Array.from(cold.probabilities, (p) => (p * 46).toFixed(6))).toEqual([
      '36.000000',
      '9.000000',
      '1.000000',
    ]);
  });

  it('is refused without logits or temperature', () => {
    expect(() => nextToken([], { temperature: 1, ...all })).toThrow(RangeError);
    expect(() => nextToken([1], { temperature: 0, ...all })).toThrow(RangeError);
  });
});

describe('what a token of an answer of the run was chosen from', () => {
  const tokenizer = shippedTokenizer();
  const document = imported(LEGAL_TEXT);
  const window = { start: 120, end: 700 };
  const question = 'Who uses these terms?';
  const prompt = tokenizer.buildPrompt(document.text.slice(window.start, window.end), question);
  const answer = Uint32Array.of(40, tokenizer.eosId, 41);
  const promptTokens = prompt.ids.length;
  const query = { documentId: document.id, window, question, promptTokens, answer, token: 1 };
  const asked: NextLogitsRequest[] = [];
  // The lowest ids are the likeliest, but for two that are equal.
  const logits = Float32Array.from({ length: tokenizer.vocabSize }, (_, id) => -id);
  logits[7] = logits[3];
  const policy = {
    async nextLogits(request: NextLogitsRequest) {
      asked.push(request);
      return logits;
    },
  };
  const answering = { policy, tokenizer, document, step: 12 };

  it('is the whole vocabulary by logit, equal ones by id, with the texts of the likeliest and the written one', async () => {
    const view = await answerNextToken(answering, query);
    expect(asked.at(-1)).toEqual({ promptTokens: prompt.ids, answerTokens: answer, token: 1 });
    expect(Array.from(view.ids.subarray(0, 9))).toEqual([0, 1, 2, 3, 7, 4, 5, 6, 8]);
    expect(view.logits).toEqual(Float32Array.from(logits).sort().reverse());
    expect([view.step, view.first.length]).toEqual([12, 8]);
    expect(view.ids[view.own.place]).toBe(tokenizer.eosId);
    expect(view.own.kind).toBe('special');
    expect(view.own.text).not.toBe('');
  });

  it('is refused where the text is another one', async () => {
    const other = { ...answering, document: { ...document, id: 'other' } };
    await expect(answerNextToken(other, query)).rejects.toMatchObject({ code: 'answer.other_text' });
  });

  it('names special tokens, broken bytes and ids without a token', () => {
    const [euro] = ['€'].map((text) => tokenizer.encode(text));
    expect(euro.length).toBeGreaterThan(1);
    expect(tokenizer.pieceText(euro[0])).toEqual({
      text: expect.stringMatching(/^E2( 82)?$/),
      kind: 'bytes',
    });
    const [the] = tokenizer.encode(' the');
    expect(tokenizer.pieceText(the).kind).toBe('text');
    expect(tokenizer.pieceText(tokenizer.vocabSize + 5)).toEqual({ text: '', kind: 'unused' });
  });
});

describe('wishes that cost a forward pass', () => {
  it('are asked one at a time, the newest next, and never twice at once', async () => {
    const asked: string[] = [];
    const told: string[] = [];
    let answer = () => {};
    const ask = newestWish(
      (question: string) =>
        new Promise<string>((resolve) => {
          asked.push(question);
          answer = () => resolve(question.toUpperCase());
        }),
      (key, value) => told.push(`${key}=${value}`),
    );
    const first = ask('1', 'a');
    void ask('1', 'a');
    void ask('2', 'b');
    void ask('3', 'c');
    expect(asked).toEqual(['a']);
    answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual(['a', 'c']);
    // Back to what is being asked: what waited is not wanted any more.
    void ask('4', 'd');
    void ask('3', 'c');
    answer();
    await first;
    expect([asked, told]).toEqual([
      ['a', 'c'],
      ['1=A', '3=C'],
    ]);
    const again = ask('3', 'c');
    answer();
    await again;
    expect(told.at(-1)).toBe('3=C');
    expect(asked).toHaveLength(3);
  });
});

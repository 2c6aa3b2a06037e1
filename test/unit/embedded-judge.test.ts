/** @file The embedded judge's runtime: what it reads, and that a verdict depends on its pair alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgeRequest } from '../../src/reward/types';
import { JudgeEncoder, judgeTokens, maxJudgeTokens } from '../../src/run/judge/encoding';
import { markAnswers } from '../../src/run/judge/marks';
import { judgeTokenizerJson } from '../../src/run/judge/vocabulary';
import { judgeWords } from '../../src/run/judge/words';
import { MemoryStore } from '../../src/run/memory-store';
import { createEmbeddedJudge } from '../../src/run/onnx/embedded-judge';
import { numeral, ordinal, shortOrdinal } from '../../src/tasks/judge-pairs/numerals';
import { randomJudge } from '../support/judge';
import { referenceLogits } from '../support/onnx';

const provider = { name: 'wasm' } as const;
const ask = (prediction: string, gold: string, question = 'Who wrote it?'): JudgeRequest => ({
  question,
  prediction,
  gold,
});

const requests = [
  ask('Ann', 'Anna Lee'),
  ask('42', 'forty-two', 'How many ships came?'),
  ask('in the year 1832, at the latest', '1832'),
  ask('', 'x'),
  ask('Paris '.repeat(200), 'London '.repeat(200), 'Where? '.repeat(100)),
];

describe('words of an answer', () => {
  const keys = (text: string) => judgeWords(text).map(({ key }) => key);

  it('are words, numbers, initials and signs, without accents', () => {
    expect(keys('São Paulo’s 1,250.5 m²—“yes”, J. R. Lee of the N.A.S.A.')).toEqual([
      'sao',
      'paulo',
      "'s",
      '1250.5',
      'metre',
      '2',
      '-',
      'yes',
      ',',
      'j',
      'r',
      'lee',
      'of',
      'the',
      'nasa',
    ]);
  });

  it.each([
    ['two hundred and ninety', '290'],
    ['290th', '290'],
    ['forty-two ships', '42 ships'],
    ['one hundred twenty thousand three', '120,003'],
    ['a million', '1000000'],
    ['1.5 million', '1,500,000'],
    ['20k', 'twenty thousand'],
    ['3.2bn', '3,200,000,000'],
    ['1918-11-02', '2 Nov. 1918'],
    ['5:45 p.m.', '17:45'],
    ['12 am', '0:00'],
    ['the twenty-first of May', 'the 21st of may'],
    ['five km', '5 kilometers'],
    ['12.50kg', '12.5 kilos'],
    ['$40', '$40.00'],
    ['62 %', '62 percent'],
    ["it isn't", 'it is not'],
    ['NASA', 'n.a.s.a.'],
  ])('%s is read as %s', (text, other) => expect(keys(text)).toEqual(keys(other)));

  it.each([
    ['fourteen', 'forty'],
    ['five and six', '11'],
    ['a boat', 'one boat'],
    ['3 m', '3 mm'],
    ['M. Lee', '1 m Lee'],
    ['5:45 am', '5:45 pm'],
    ['1.5 million', '1.5 billion'],
    ['1918-13-02', '2 January 1918'],
  ])('%s is not %s', (text, other) => expect(keys(text)).not.toEqual(keys(other)));

  it('every number up to a million is read from its words', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.constantFrom('-', ' '), fc.boolean(), (value, joint, and) => {
        expect(keys(numeral(value, joint, and))).toEqual([String(value)]);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (value) => {
        expect(keys(ordinal(value))).toEqual([String(value)]);
        expect(keys(shortOrdinal(value))).toEqual([String(value)]);
      }),
    );
  });
});

describe('two answers side by side', () => {
  const marks = (gold: string, prediction: string, question = 'Who wrote it?') => {
    const sides = markAnswers(judgeWords(gold), judgeWords(prediction), judgeWords(question));
    return [sides.gold, sides.prediction].map((words) =>
      words.map(({ mark, place }) => (place < 0 ? mark : `${mark} ${place}`)),
    );
  };

  it('equal words are joined by their place in the gold answer', () => {
    expect(marks('Ann Lee', 'ANN wrote 1,000')).toEqual([
      ['same 0', 'new'],
      ['same 0', 'asked', 'new'],
    ]);
    expect(marks('1000', 'Lee: 1,000')).toEqual([['same 0'], ['new', 'new', 'same 0']]);
  });

  it('initials are joined with the words that they begin, each once', () => {
    expect(marks('Ann Ada Lee', 'A. Lee')).toEqual([
      ['initial 0', 'new', 'same 2'],
      ['initial 0', 'same 2'],
    ]);
    expect(marks('A.B. Lee', 'Ann Cora Lee')[0]).toEqual(['initial 0', 'new', 'same 2']);
    expect(marks('Order of the Golden Owl', 'OGO')[1]).toEqual(['initial 0', 'initial 3', 'initial 4']);
    expect(marks('Order of the Golden Owl', 'GOO')[1]).toEqual(['initial 3', 'initial 4', 'initial 0']);
    expect(marks('Order of the Golden Owl', 'OGX')[1]).toEqual(['initial 0', 'initial 3', 'new']);
  });
});

describe('the encoding of a pair', () => {
  const encoder = new JudgeEncoder(judgeTokenizerJson([]));

  it('never gets longer than the model reads, and keeps its frame, whatever the texts hold', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 700 }), fc.constantFrom(...judgeTokens));
    fc.assert(
      fc.property(text, text, text, (question, prediction, gold) => {
        const ids = encoder.encode({ question, prediction, gold });
        expect(ids.length).toBeLessThanOrEqual(maxJudgeTokens);
        for (const token of ['<gold>', '<pred>', '<verdict>'])
          expect(ids.filter((id) => id === encoder.id(token))).toHaveLength(1);
        for (const token of ['<yes>', '<no>', '<|pad|>', '<|eos|>'])
          expect(ids).not.toContain(encoder.id(token));
        expect(ids.every((id) => Number.isInteger(id))).toBe(true);
      }),
    );
  });

  it('tells neighbouring numbers, and one order of words from the other', () => {
    const seen = new Set(
      [
        ask('41', '42'),
        ask('42', '41'),
        ask('42', '42'),
        ask('24', '42'),
        ask('a b', 'b a'),
        ask('b a', 'b a'),
      ].map((request) => encoder.encode(request).join()),
    );
    expect(seen.size).toBe(6);
  });
});

describe('the embedded judge', () => {
  it('says what the float64 reference of its weights says', async () => {
    const { store, config, weights, encoder, verdicts } = await randomJudge();
    const judge = await createEmbeddedJudge(store, { provider });
    const results = await judge.judge(requests);
    for (const [i, result] of results.entries()) {
      const ids = encoder.encode(requests[i]);
      const logits = referenceLogits(config, weights, ids).slice(-config.vocab_size);
      const expected = 1 / (1 + Math.exp(logits[verdicts.no] - logits[verdicts.yes]));
      expect(result.asked && Math.abs(result.probability - expected)).toBeLessThan(2e-4);
      expect(result.asked && result.verdict).toBe(expected >= 0.5 ? 1 : 0);
    }
    judge.close?.();
  });

  it('gives the same verdicts in any order and any batch', async () => {
    const { store } = await randomJudge({ canon_kernel: 4, num_hidden_layers: 3 });
    const judge = await createEmbeddedJudge(store, { provider });
    const verdicts = async (asked: JudgeRequest[]) =>
      (await judge.judge(asked)).map((result) => ({ ...result, ms: 0 }));
    const together = await verdicts(requests);
    expect((await verdicts([...requests].reverse())).reverse()).toEqual(together);
    for (const [i, request] of requests.entries()) expect(await verdicts([request])).toEqual([together[i]]);
    const pairwise = await createEmbeddedJudge(store, { provider, batchSize: 2 });
    expect((await pairwise.judge(requests)).map((result) => ({ ...result, ms: 0 }))).toEqual(together);
    judge.close?.();
    pairwise.close?.();
  });

  it.each([
    ['model.onnx', 'no model', 'onnx.model'],
    ['tokenizer.json', '{}', 'judge.tokenizer'],
    ['tokenizer.json', JSON.stringify({ model: { type: 'BPE', vocab: {}, merges: [] } }), 'judge.tokenizer'],
    ['config.json', '{', 'judge.config'],
    ['config.json', '{"id":"x","threshold":2}', 'judge.config'],
  ])('a folder with a broken %s (%s) is refused', async (name, content, code) => {
    const { store } = await randomJudge();
    await store.write(name, content);
    await expect(createEmbeddedJudge(store, { provider })).rejects.toMatchObject({ code });
  });

  it('an empty folder is refused', async () => {
    await expect(createEmbeddedJudge(new MemoryStore(), { provider })).rejects.toMatchObject({
      code: 'store.missing',
    });
  });
});

/** @file The embedded judge's runtime: what it reads, and that a verdict depends on its pair alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JudgeWord, judgeWords, markWords } from '../../src/reward/judge-words';
import type { JudgeRequest } from '../../src/reward/types';
import { JudgeEncoder, judgeTokens, maxJudgeTokens } from '../../src/run/judge/encoding';
import { judgeTokenizerJson } from '../../src/run/judge/tokenizer-json';
import { MemoryStore } from '../../src/run/memory-store';
import { createEmbeddedJudge } from '../../src/run/onnx/embedded-judge';
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
  const texts = (words: readonly JudgeWord[]) => words.map(({ text }) => text);

  it('are words, numbers and signs, without accents', () => {
    expect(texts(judgeWords('São Paulo’s 1,250.5 m²—“yes”'))).toEqual([
      'Sao',
      "Paulo's",
      '1,250.5',
      'm',
      '2',
      '-',
      '"',
      'yes',
      '"',
    ]);
  });

  it('are marked by where else they stand', () => {
    const [gold, prediction, question] = ['Ann Lee', 'ANN wrote 1,000', 'Who wrote it?'].map(judgeWords);
    expect(markWords(prediction, gold, question, gold).map(({ mark, place }) => [mark, place])).toEqual([
      ['same', 0],
      ['asked', -1],
      ['new', -1],
    ]);
    expect(markWords(judgeWords('1000'), prediction, question, prediction)[0].mark).toBe('same');
    expect(markWords(judgeWords('100'), prediction, question, prediction)[0].mark).toBe('new');
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
        for (const token of ['<gold>', '<pred>', '<verdict>'] as const)
          expect(ids.filter((id) => id === encoder.id(token))).toHaveLength(1);
        for (const token of ['<yes>', '<no>', '<|pad|>', '<|eos|>'] as const)
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

import { describe, expect, it } from 'vitest';
import type { AttentionRequest } from '../../src/policy/types';
import { answerAttention } from '../../src/run/answer-attention';
import { heatBins, heatSpans, hotSpots } from '../../src/ui/panels/attention-heat';
import { nextLayers, useReader } from '../../src/ui/state/reader';
import { BetweenSteps } from '../../workers/between-steps';
import { smallConfig } from '../support/policy';
import { imported, LEGAL_TEXT, shippedTokenizer } from '../support/texts';

describe('the attention of an answer of a run', () => {
  const tokenizer = shippedTokenizer();
  const document = imported(LEGAL_TEXT);
  const window = { start: 120, end: 700 };
  const question = 'Who uses these terms?';
  const prompt = tokenizer.buildPrompt(document.text.slice(window.start, window.end), question);
  const query = {
    documentId: document.id,
    window,
    question,
    promptTokens: prompt.ids.length,
    answer: Uint32Array.of(5, 6, 7),
    token: null,
    layer: null,
  };
  const asked: AttentionRequest[] = [];
  const policy = {
    config: smallConfig({ num_hidden_layers: 3 }),
    async attention(request: AttentionRequest) {
      asked.push(request);
      const count = request.promptTokens.length;
      const shares = Float32Array.from(
        { length: count },
        (_, i) => (0.9 * (i + 1)) / ((count * (count + 1)) / 2),
      );
      return { layer: request.layer, prompt: shares, own: 0.1 };
    },
  };
  const answering = { policy, tokenizer, document, step: 12 };

  it('is asked for the prompt as the run made it, and placed on the characters of the document', async () => {
    const view = await answerAttention(answering, query);
    expect(asked.at(-1)).toEqual({ promptTokens: prompt.ids, answerTokens: query.answer, layer: 2 });
    expect([view.step, view.layer, view.layers]).toEqual([12, 2, 3]);
    expect(view.shares).toHaveLength(prompt.windowSpans.length);
    expect([view.starts[0], view.ends.at(-1)]).toEqual([window.start, window.end]);
    const text = Array.from(view.starts, (start, i) => document.text.slice(start, view.ends[i])).join('');
    expect(text).toBe(document.text.slice(window.start, window.end));
    const sum = view.shares.reduce((total, share) => total + share, 0);
    expect(sum + view.frame + view.own).toBeCloseTo(1, 5);
    expect(view.frame).toBeGreaterThan(0);
  });

  it('is of one token and one layer where they are named', async () => {
    await answerAttention(answering, { ...query, token: 1, layer: 0 });
    expect(asked.at(-1)).toMatchObject({ layer: 0, tokens: { begin: 1, end: 2 } });
  });

  it('is refused where the text is another one', async () => {
    const other = { ...document, id: 'other' };
    await expect(answerAttention({ ...answering, document: other }, query)).rejects.toMatchObject({
      code: 'answer.other_text',
    });
    const changed = { ...document, text: document.text.replaceAll('the', 'every one of the') };
    await expect(answerAttention({ ...answering, document: changed }, query)).rejects.toMatchObject({
      code: 'answer.other_text',
    });
  });
});

describe('attention as marks', () => {
  const words = (shares: number[]) => ({
    starts: Uint32Array.from(shares, (_, i) => 10 + i * 4),
    ends: Uint32Array.from(shares, (_, i) => 14 + i * 4),
    shares: Float32Array.from(shares),
  });

  it('begins at twice an even share, grows by doubling, and joins neighbours of one height', () => {
    const shares = new Array<number>(32).fill(0.5);
    shares[3] = 2.5;
    shares[4] = 2.6;
    shares[9] = 20;
    const even = shares.reduce((a, b) => a + b) / 32;
    const spans = heatSpans(words(shares));
    expect(spans.map(({ start, end, level }) => [start, end, level])).toEqual([
      [22, 30, 1],
      [46, 50, 4],
    ]);
    expect(spans[0].share).toBeCloseTo(5.1, 5);
    expect(spans[0].lift).toBeCloseTo(2.55 / even, 5);
    expect(spans[1].lift).toBeCloseTo(20 / even, 5);
    expect(hotSpots(spans)).toEqual([spans[1]]);
  });

  it('never overlaps, where several tokens spell one character', () => {
    const spans = heatSpans({
      starts: Uint32Array.of(0, 1, 1, 2, 2, 2, 2, 2),
      ends: Uint32Array.of(1, 2, 2, 3, 3, 3, 3, 3),
      shares: Float32Array.of(0, 8, 40, 0, 0, 0, 0, 0),
    });
    expect(spans).toEqual([{ start: 1, end: 2, level: 3, share: 48, lift: 8 }]);
  });

  it('says nothing about attention that is spread evenly or not there', () => {
    expect(heatSpans(words([0.1, 0.1, 0.1]))).toEqual([]);
    expect(heatSpans(words([0, 0]))).toEqual([]);
    expect(heatBins(words([]))).toEqual([]);
  });

  it('sums runs of 64 tokens for the map, of the largest', () => {
    const bins = heatBins(words(Array.from({ length: 130 }, (_, i) => (i < 64 ? 1 : 0.5))));
    expect(bins.map(({ weight }) => weight)).toEqual([1, 0.5, 1 / 64]);
    expect([bins[0].start, bins[1].start, bins[2].end]).toEqual([10, 10 + 64 * 4, 10 + 130 * 4]);
  });
});

it('the key of the layers goes round all of them, and begins anew from a choice of its own', () => {
  const shown = () => {
    const { evidence, cited, attention } = useReader.getState();
    return [evidence, cited, attention].map(Number).join('');
  };
  const seen = [shown()];
  for (let i = 0; i < 5; i++) {
    nextLayers();
    seen.push(shown());
  }
  expect(seen).toEqual(['110', '100', '010', '001', '000', '110']);
  useReader.setState({ attention: true });
  nextLayers();
  expect(shown()).toBe('110');
});

describe('work between steps', () => {
  it('waits until it is served, runs in order and one at a time, and tells its own failures', async () => {
    const between = new BetweenSteps();
    const log: string[] = [];
    const job = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      return name;
    };
    const first = between.ask(job('a'));
    const failing = between.ask(async () => {
      throw new Error('lost');
    });
    const told = expect(failing).rejects.toThrow('lost');
    // Asked for by another while it runs.
    let third: Promise<string> | null = null;
    void between.ask(async () => {
      third = between.ask(job('c'));
    });
    await Promise.resolve();
    expect(log).toEqual([]);
    expect(between.isEmpty).toBe(false);
    await between.serve();
    await told;
    expect(await first).toBe('a');
    expect(await third).toBe('c');
    expect(log).toEqual(['a begins', 'a ends', 'c begins', 'c ends']);
    expect(between.isEmpty).toBe(true);
  });
});

/** @file The recording that the page ships with: small, whole, and of one piece with its own metrics. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerTerms } from '../../src/rl/policy-loss';
import { Recording, unpackRecording } from '../../src/run/recording';

/** What a visitor without a GPU downloads. */
const maxBytes = 600_000;

let archive: Buffer;
let recording: Recording;
beforeAll(async () => {
  archive = await readFile('public/replay/micro.zip');
  const store = await unpackRecording(new Blob([new Uint8Array(archive)]));
  recording = await Recording.open('shipped', store, null);
});

describe('the shipped recording', () => {
  it('is small, holds every step, and says when, on what and by which commit it was made', () => {
    expect(archive.length).toBeLessThan(maxBytes);
    const { steps, description } = recording;
    expect(steps).toEqual(Array.from({ length: steps.length }, (_, i) => i + 1));
    expect(steps.length).toBeGreaterThanOrEqual(20);
    expect(description.adapterClass).toMatch(/^(software|hardware): \w/);
    expect(description.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(new Date(description.begun * 1000).getFullYear()).toBeGreaterThanOrEqual(2026);
    expect(description.name).not.toBe('shipped');
  });

  it('has metrics that a recount of its tokens gives again: groups kept, and both clip fractions', async () => {
    const config = await recording.config(1);
    const objective = {
      lossMode: config['policy_loss.loss_mode'],
      clipRatioLow: config.clip_ratio_low,
      clipRatioHigh: config.clip_ratio_high,
      clipRatioC: config.clip_ratio_c,
    };
    for (const step of recording.steps) {
      const view = await recording.view(step);
      const metrics = recording.rows.find((row) => row.step === step) ?? ({} as Record<string, number>);
      const kept = view?.groups.filter((group) => group.kept) ?? [];
      expect(kept).toHaveLength(metrics['group/kept']);
      let [low, high, tokens] = [0, 0, 0];
      for (const { newLogprobs, oldLogprobs, advantage } of kept.flatMap(({ answers }) => answers)) {
        if (!newLogprobs || !oldLogprobs) throw new Error(`step ${step}: an answer was not learned from`);
        const advantages = new Float64Array(newLogprobs.length).fill(advantage);
        for (const term of answerTerms({ logprobs: newLogprobs, oldLogprobs, advantages }, objective)) {
          low += Number(term.clippedLow);
          high += Number(term.clippedHigh);
          tokens++;
        }
      }
      expect(high / tokens).toBeCloseTo(metrics['actor/pg_clipfrac_high'], 12);
      expect(low / tokens).toBeCloseTo(metrics['actor/pg_clipfrac_low'], 12);
    }
  });
});

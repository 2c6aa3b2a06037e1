/** @file Words of the next-token distribution: what the pinned token was chosen from. */
import type { DrawSettings } from '../rl/next-token';
import { compact, fixed, percent, whole } from './format';

/** The settings of a draw, as far as they act. */
function settings({ temperature, topK, topP }: DrawSettings): string {
  const parts = [`T ${compact(temperature)}`];
  if (topK > 0) parts.push(`top-k ${whole(topK)}`);
  if (topP < 1) parts.push(`top-p ${compact(topP)}`);
  return parts.join(', ');
}

const steps = (count: number) => (count === 1 ? 'one step' : `${whole(count)} steps`);

export const nextTokenWords = {
  button: 'next token',
  title:
    'What the pinned token was chosen from, also under the temperature and top-p that you set. Costs one forward pass between two steps, and the page stays at this question',
  noEngineShort: 'once training is open',
  noEngine: 'The distribution is computed by the training engine, which is not there now.',
  caption: (place: number, text: string) => `Candidates for token ${whole(place)} “${text}”`,
  columns: {
    token: 'token',
    softmax: (temperature: number) => `softmax, T ${compact(temperature)}`,
    softmaxTitle: 'Before truncation: what a log-prob is of',
    drawn: (draw: DrawSettings) => `drawn, ${settings(draw)}`,
    drawnTitle: 'What the token was drawn from: the tokens that top-k and top-p leave, together 1',
    whatIf: (draw: DrawSettings) => `what-if, ${settings(draw)}`,
    whatIfTitle: 'The same logits under what the controls say; no answer was drawn so yet',
  },
  written: 'written',
  special: 'special',
  bytes: (digits: string) => `bytes ${digits}`,
  unused: (id: number) => `id ${id}, no token`,
  others: (count: number) => `${whole(count)} others`,
  cut: 'cut',
  cutTitle: 'Truncation leaves it out: it cannot be drawn',
  facts: (entropy: number, drawn: number, kept: number, of: number) =>
    `entropy ${fixed(entropy)} nats, as drawn ${fixed(drawn)}; ${whole(kept)} of ${whole(of)} tokens can be drawn`,
  whatIf: (facts: string) => `What-if: ${facts}. The next step takes these settings.`,
  record: (then: number, now: number) =>
    `The written token had ${percent(then)} of the softmax when it was drawn, ${percent(now)} here.`,
  /** By which weights. @param learned steps since those that wrote the answer. */
  by: (step: number, learned: number, present: number) => {
    const after = step === 0 ? 'before its first step' : `after step ${whole(step)}`;
    if (learned <= 0) return `By the policy that wrote this answer, ${after}.`;
    if (step === present)
      return `By the policy as it is now, ${after}: it has learned for ${steps(learned)} since it wrote this answer.`;
    return `By the policy as it was ${after}, ${steps(learned)} after it wrote this answer. Training is at step ${whole(present)}.`;
  },
  again: 'Ask again',
  asked: (training: boolean) => (training ? 'one forward pass, after this step …' : 'one forward pass …'),
  refused: 'could not be computed',
  forecast: {
    show: 'What the pinned token is chosen from',
    /** At the pinned token; each value before and under the controls. */
    sentence: (token: string, best: string, chance: string, entropy: string, kept: string, of: number) =>
      `At the pinned token “${token}”: likeliest “${best}”, ${chance}; entropy as drawn ${entropy} nats; ${kept} of ${whole(of)} tokens can be drawn.`,
    moved: (before: string, after: string | null) => (after === null ? before : `${before} → ${after}`),
  },
};

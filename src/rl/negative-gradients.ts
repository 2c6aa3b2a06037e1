/**
 * @file Which tokens keep their policy gradient: negative-gradient clipping and AEPO of QwenLong-L1.5 (arXiv 2512.12967,
 * Eq. 8–11). Both take answers with negative advantage out while the policy is uncertain; the denominators of the
 * loss stay those of all tokens.
 */

/** Eq. 8–9: whose entropy is held against `tau`, a token's own or the mean of its answer. */
export interface NegativeClipOptions {
  level: 'off' | 'token' | 'sequence';
  /** Nats; not published. */
  tau: number;
}

export interface AepoOptions {
  /**
   * `paper` (Eq. 11): above `high` all answers with A < 0 leave, below `low` they come back, between the two it stays
   * as it was. `code`: between the two, and only there, answers without A > 0 and reward > 0 leave.
   */
  rule: 'off' | 'paper' | 'code';
  /** Nats; not published. */
  low: number;
  high: number;
}

/** One answer of the batch. */
export interface EntropyAnswer {
  advantage: number;
  reward: number;
  /** Entropy of the policy's distribution at each token, nats. */
  entropies: ArrayLike<number>;
}

/** 0 for the tokens that negative-gradient clipping takes out, or null where all stay. */
export function negativeClipMask(answer: EntropyAnswer, options: NegativeClipOptions): Uint8Array | null {
  const { advantage, entropies } = answer;
  if (advantage >= 0) return null;
  switch (options.level) {
    case 'off':
      return null;
    case 'token':
      return Uint8Array.from(entropies, (entropy) => Number(entropy <= options.tau));
    case 'sequence':
      return meanOf(entropies) > options.tau ? new Uint8Array(entropies.length) : null;
  }
  return options.level satisfies never;
}

/** Mean over answers of the mean entropy over their tokens, nats: the H of Eq. 11. */
export function answerEntropy(answers: readonly EntropyAnswer[]): number {
  return meanOf(answers.map((answer) => meanOf(answer.entropies)));
}

/** Mean entropy over all tokens, nats: verl's `actor/entropy_loss`, which the released rule looks at. */
export function tokenEntropy(answers: readonly EntropyAnswer[]): number {
  return meanOf(answers.flatMap((answer) => Array.from(answer.entropies)));
}

/** AEPO's state after a batch: whether it takes answers out. `before` is the state so far. */
export function aepoActive(
  answers: readonly EntropyAnswer[],
  before: boolean,
  { rule, low, high }: AepoOptions,
): boolean {
  switch (rule) {
    case 'off':
      return false;
    case 'paper': {
      const entropy = answerEntropy(answers);
      if (entropy > high) return true;
      return entropy < low ? false : before;
    }
    case 'code': {
      const entropy = tokenEntropy(answers);
      return low < entropy && entropy < high;
    }
  }
  return rule satisfies never;
}

/** Whether an active AEPO takes this answer out. */
export function aepoDrops(answer: EntropyAnswer, rule: AepoOptions['rule']): boolean {
  switch (rule) {
    case 'off':
      return false;
    case 'paper':
      return answer.advantage < 0;
    case 'code':
      return !(answer.advantage > 0 && answer.reward > 0);
  }
  return rule satisfies never;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length > 0 ? sum / values.length : 0;
}

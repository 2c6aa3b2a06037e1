/** @file Chance in the training loop: a pure function of the run's seed and of what is being decided, with no state. */
import { philox4x32 } from '../philox';

/** What is being decided; keeps the numbers of different decisions apart. */
export type Purpose = 'admission' | 'turn' | 'rounding' | 'order' | 'epoch';

const purposes: Record<Purpose, number> = { admission: 1, turn: 2, rounding: 3, order: 4, epoch: 5 };
/** Second key word: apart from the keys of questions and of sampling noise. */
const domain = 0x7265706c;

/** Uniform in (0, 1), 53 bits, for up to three whole numbers below 2³² that name the case. */
export function uniform(seed: number, purpose: Purpose, a: number, b = 0, c = 0): number {
  const [high, low] = philox4x32([a >>> 0, b >>> 0, c >>> 0, purposes[purpose]], [seed >>> 0, domain]);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6) + 0.5) / 2 ** 53;
}

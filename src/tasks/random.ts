/**
 * @file Seeded choices for everything the task room makes up.
 *
 * A generator is named by a seed and a path of numbers (document, window, question …): the same name gives the
 * same choices, whatever was drawn elsewhere before.
 */
import { type PhiloxKey, philox4x32 } from '../philox';

export class Random {
  readonly #key: PhiloxKey;
  #block = 0;
  #words: readonly number[] = [];

  /** A generator for (seed, path). Seeds and path entries are integers of any size a double holds exactly. */
  constructor(seed: number, ...path: number[]) {
    let key: PhiloxKey = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    for (const entry of path) {
      // The last counter word keeps derived keys apart from drawn words.
      const [k0, k1] = philox4x32([entry >>> 0, Math.floor(entry / 2 ** 32) >>> 0, 0, 1], key);
      key = [k0, k1];
    }
    this.#key = key;
  }

  /** Uniform unsigned 32-bit integer. */
  uint32(): number {
    const index = this.#block & 3;
    if (index === 0) this.#words = philox4x32([this.#block >>> 2, 0, 0, 0], this.#key);
    this.#block++;
    return this.#words[index];
  }

  /** Uniform in [0, 1), 53 bits so that positions in texts of any size are reached. */
  float(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Uniform integer in [0, bound). */
  int(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** Uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** A uniform choice. The list must not be empty. */
  pick<T>(items: ArrayLike<T>): T {
    return items[this.int(items.length)];
  }

  /** A choice that prefers early entries: index ∝ bound · u^power. */
  pickEarly<T>(items: ArrayLike<T>, power = 2): T {
    return items[Math.floor(this.float() ** power * items.length)];
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }

  /** `count` different entries (all of them where there are fewer). */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffle(items).slice(0, count);
  }
}

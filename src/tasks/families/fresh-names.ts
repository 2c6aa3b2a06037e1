/** @file Names of one document: each thing has one of its own, and where they are distinct no two share a word. */

/** Draws before words may come again: a long document needs more people than there are given names. */
const MAX_TRIES = 64;

export class FreshNames {
  readonly #distinct: boolean;
  readonly #names = new Set<string>();
  readonly #words = new Set<string>();

  constructor(distinct: boolean) {
    this.#distinct = distinct;
  }

  /** A name that no other thing has. @param draw proposes one; it is told how many were refused. */
  take(draw: (attempt: number) => string): string {
    for (let attempt = 0; ; attempt++) {
      const name = draw(attempt);
      if (this.#names.has(name)) continue;
      const words = wordsOf(name);
      if (this.#distinct && attempt < MAX_TRIES && words.some((word) => this.#words.has(word))) continue;
      this.#names.add(name);
      for (const word of words) this.#words.add(word);
      return name;
    }
  }
}

/** `The Silver Lamp` and `Ash & Marsh` have two each. */
const wordsOf = (name: string): string[] => name.split(' ').filter((word) => word !== 'The' && word !== '&');

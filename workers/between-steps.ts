/** @file Work on the GPU that a person asks for while training goes on: it waits for the step in flight, in order. */

export class BetweenSteps {
  private waiting: (() => Promise<void>)[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Resolves with what `work` gives, once `serve` has come to it. */
  ask<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => work().then(resolve, reject));
    });
  }

  /** Does all that waits, one after the other; what fails is its asker's to hear. */
  async serve(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
  }
}

/** @file Questions to the engine that cost a forward pass: one at a time, and of those that come meanwhile only the newest. */

/** @param ask gives what came of a question; `told` hears it with the question's key. */
export function newestWish<Q, A>(ask: (question: Q) => Promise<A>, told: (key: string, answer: A) => void) {
  let asked: string | null = null;
  let next: { key: string; question: Q } | null = null;
  return async (key: string, question: Q): Promise<void> => {
    next = key === asked ? null : { key, question };
    if (asked !== null) return;
    try {
      while (next) {
        const wish: { key: string; question: Q } = next;
        next = null;
        asked = wish.key;
        told(wish.key, await ask(wish.question));
      }
    } finally {
      asked = null;
    }
  };
}

/**
 * @file Byte-pair encoding, trained: starting from bytes, the most frequent adjacent pair becomes a token, again and
 * again (Sennrich et al. 2016). Ties go to the pair that sorts first, so the result depends on the counts alone.
 */

export type Merge = readonly [string, string];

interface Word {
  pieces: string[];
  count: number;
}

const pairKey = (left: string, right: string): string => `${left} ${right}`;

/**
 * Merges, forced ones first, until `merges` exist.
 *
 * @param counts Occurrences of each pre-token, written in byte characters.
 * @param forced Merges that come first, in the order given.
 */
export function trainBpe(
  counts: ReadonlyMap<string, number>,
  forced: readonly Merge[],
  merges: number,
): Merge[] {
  const words: Word[] = [...counts].map(([word, count]) => ({ pieces: [...word], count }));
  const pairCounts = new Map<string, number>();
  const pairWords = new Map<string, Set<Word>>();

  const tally = (word: Word, sign: 1 | -1) => {
    for (let i = 0; i + 1 < word.pieces.length; i++) {
      const key = pairKey(word.pieces[i], word.pieces[i + 1]);
      pairCounts.set(key, (pairCounts.get(key) ?? 0) + sign * word.count);
      if (sign === -1) continue;
      const holders = pairWords.get(key);
      if (holders) holders.add(word);
      else pairWords.set(key, new Set([word]));
    }
  };
  for (const word of words) tally(word, 1);

  const apply = ([left, right]: Merge) => {
    for (const word of pairWords.get(pairKey(left, right)) ?? []) {
      tally(word, -1);
      const joined: string[] = [];
      for (let i = 0; i < word.pieces.length; i++) {
        const matches = word.pieces[i] === left && word.pieces[i + 1] === right;
        joined.push(matches ? left + right : word.pieces[i]);
        if (matches) i++;
      }
      word.pieces = joined;
      tally(word, 1);
    }
  };

  const done: Merge[] = [];
  const taken = new Set<string>();
  const push = (merge: Merge) => {
    done.push(merge);
    taken.add(pairKey(...merge));
    apply(merge);
  };
  for (const merge of forced) push(merge);
  while (done.length < merges) {
    let best: string | null = null;
    let bestCount = 0;
    for (const [key, count] of pairCounts) {
      if (count < bestCount || count === 0 || taken.has(key)) continue;
      if (count > bestCount || best === null || key < best) [best, bestCount] = [key, count];
    }
    if (best === null) throw new Error(`Only ${done.length} of ${merges} merges can be made from this text.`);
    const [left, right] = best.split(' ');
    push([left, right]);
  }
  return done;
}

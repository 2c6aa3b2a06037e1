/** @file Other words for one meaning, joined before the judge reads them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinMeanings } from '../../src/run/judge/meanings';
import { judgeWords } from '../../src/run/judge/words';
import { MEANINGS } from '../../src/tasks/judge-pairs/thesaurus';

const join = (gold: string, prediction: string) => {
  const sides = joinMeanings(judgeWords(gold), judgeWords(prediction));
  return [sides.gold, sides.prediction].map((words) => words.map(({ key }) => key));
};

describe('joinMeanings', () => {
  it('makes two entries of one group the same word', () => {
    const [gold, prediction] = join('the wet basement weighed plenty', 'The damp cellar was far too heavy.');
    expect(gold).toEqual(prediction);
    expect(gold).toHaveLength(3);
  });

  it('leaves entries of different groups, and the same words, as they are', () => {
    expect(join('a big house', 'a small house')).toEqual([
      ['a', 'big', 'house'],
      ['a', 'small', 'house'],
    ]);
    expect(join('the old bread', 'the old bread')).toEqual([
      ['the', 'old', 'bread'],
      ['the', 'old', 'bread'],
    ]);
  });

  it('takes the longest entry, and no word twice', () => {
    const [gold, prediction] = join('the forest trail', 'the way through the trees');
    expect(gold).toEqual(prediction);
    expect(gold).toHaveLength(2);
    const [one, two] = join('big', 'large huge');
    expect(two).toEqual([one[0], 'huge']);
  });

  it('meets an entry with a hyphen', () => {
    const [gold, prediction] = join('a famous pilot', 'a well-known pilot');
    expect(prediction).toEqual(gold);
  });

  it('meets an abbreviation in capitals only', () => {
    expect(join('America', 'US')[0]).toEqual(join('America', 'US')[1]);
    expect(join('America', 'us')[1]).toEqual(['us']);
  });

  it('makes any two entries of a group equal, in any sentence around them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MEANINGS),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('', 'It was ', 'They said that '),
        (group, i, j, lead) => {
          const [a, b] = [group[i % group.length], group[j % group.length]];
          const [gold, prediction] = join(`${lead}${a}`, `${lead}${b}`);
          const bare = (words: string[]) => words.filter((word) => !['the', 'a', 'an'].includes(word));
          expect(bare(prediction)).toEqual(bare(gold));
        },
      ),
    );
  });

  it('keeps order and number of all other words, whatever the texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (gold, prediction) => {
        const before = judgeWords(gold);
        const { gold: after } = joinMeanings(before, judgeWords(prediction));
        expect(after.length).toBeLessThanOrEqual(before.length);
        const kept = after.filter(({ key }) => !key.startsWith('≈')).map(({ key }) => key);
        const keys = before.map(({ key }) => key);
        let at = 0;
        for (const key of kept) at = keys.indexOf(key, at) + 1 || Number.NaN;
        expect(at).not.toBeNaN();
      }),
    );
  });
});

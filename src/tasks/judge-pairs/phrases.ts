/** @file Pairs made from the thesaurus. All parts share its lists; only the sentences around them differ. */
import { CONTAINERS, DEEDS, HIDEOUTS, MISHAPS, THINGS, type Wording } from '../families/paraphrases';
import { asserted } from './frames';
import { what, where } from './questions';
import { ALIASES, OPPOSED, SYNONYMS } from './thesaurus';
import type { PairDraft, PairDraw } from './types';
import { another, noun } from './words';

function groupOf(entry: string): string[] | undefined {
  return SYNONYMS.find((group) => group[0] === entry);
}

export function alias(draw: PairDraw): PairDraft {
  const { random } = draw;
  const group = random.pick(ALIASES);
  const gold = random.pick(group);
  const others = random.sample(
    ALIASES.filter((other) => other !== group),
    4,
  );
  return {
    kind: 'alias',
    question: what(draw),
    gold,
    same: [...group, `the ${random.pick(group)}`],
    different: others.map((other) => random.pick(other)),
  };
}

export function synonym(draw: PairDraw): PairDraft {
  return draw.random.chance(0.5) ? story(draw) : plain(draw);
}

function plain(draw: PairDraw): PairDraft {
  const { random } = draw;
  const group = random.pick(SYNONYMS);
  const opposed = OPPOSED.flatMap(([a, b]) => (a === group[0] ? [b] : b === group[0] ? [a] : []));
  const wrong = [
    ...opposed.flatMap((entry) => groupOf(entry) ?? []),
    ...random
      .sample(
        SYNONYMS.filter((other) => other !== group && !opposed.includes(other[0])),
        3,
      )
      .map((other) => random.pick(other)),
  ];
  const tail = random.chance(0.4) ? ` ${noun(draw)}` : '';
  const gold = random.pick(group);
  return {
    kind: 'synonym',
    question: what(draw),
    gold: gold + tail,
    same: [...group.map((entry) => entry + tail), asserted(draw, gold + tail)],
    different: [
      ...wrong.map((entry) => entry + tail),
      gold + (tail === '' ? ` ${noun(draw)}` : ` ${another(() => noun(draw), tail.trim())}`),
    ],
  };
}

/** The wordings of the narrative family: two parts, each in three ways. */
function story(draw: PairDraw): PairDraft {
  const { random } = draw;
  const [first, second] = random.pick([
    [DEEDS, THINGS],
    [THINGS, MISHAPS],
    [CONTAINERS, HIDEOUTS],
  ] as const);
  const [a, b] = [random.pick(first), random.pick(second)];
  const [c, d] = [random.pick(first.filter((w) => w !== a)), random.pick(second.filter((w) => w !== b))];
  const ways = ['told', 'gold', 'also'] as const;
  const half = (wording: Wording) => wording[random.pick(ways)];
  const say = (x: Wording, y: Wording) => `${half(x)} ${half(y)}`;
  return {
    kind: 'synonym',
    question: (first === CONTAINERS ? where : what)(draw),
    gold: say(a, b),
    same: [say(a, b), say(a, b), say(a, b), say(a, b)],
    // A half of the answer is none.
    different: [say(c, b), say(a, d), say(c, d), half(a), half(b)],
  };
}

/**
 * @file What cannot be worked out and has to be known: other names of one thing, other words for one meaning. All parts
 * share these lists; only the sentences around them differ.
 */
import { CONTAINERS, DEEDS, HIDEOUTS, MISHAPS, THINGS, type Wording } from '../families/paraphrases';
import { asserted } from './frames';
import { what, where } from './questions';
import type { PairDraft, PairDraw } from './types';
import { another, lines, noun } from './words';

const groups = (table: string): readonly string[][] =>
  lines(table).map((line) => line.split('|').map((entry) => entry.trim()));

const ALIASES = groups(`
  United States | USA | US | U.S. | U.S.A. | America | United States of America
  United Kingdom | UK | U.K. | Great Britain | Britain
  United Arab Emirates | UAE | U.A.E.
  European Union | EU | E.U.
  United Nations | UN | U.N.
  Soviet Union | USSR | U.S.S.R.
  Netherlands | Holland
  Czech Republic | Czechia
  Myanmar | Burma
  Iran | Persia
  Sri Lanka | Ceylon
  Thailand | Siam
  Ivory Coast | Côte d'Ivoire
  Istanbul | Constantinople
  Saint Petersburg | St. Petersburg | Leningrad
  Mumbai | Bombay
  Beijing | Peking
  New York City | NYC | New York
  Los Angeles | LA | L.A.
  Washington, D.C. | Washington DC | Washington
  Munich | München
  Vienna | Wien
  Mount Everest | Mt. Everest | Everest
  Saint Louis | St. Louis
  World War II | WWII | Second World War | World War 2 | WW2
  World War I | WWI | First World War | World War 1 | the Great War
  Television | TV
  Doctor | Dr.
  Junior | Jr.
  car | automobile | motor car
  film | movie | motion picture
  aeroplane | airplane | plane | aircraft
  mobile phone | cell phone | cellphone
  maths | math | mathematics
  football | soccer
  autumn | fall
  artificial intelligence | AI | A.I.
  reinforcement learning | RL
  large language model | LLM
  supervised fine-tuning | SFT
  graphics processing unit | GPU
  central processing unit | CPU
  chief executive officer | CEO | chief executive
  Bachelor of Science | BSc | B.Sc.
  Doctor of Philosophy | PhD | Ph.D. | doctorate
  twelve noon | noon | midday | 12 noon
  a dozen | 12 | twelve
  half | 50% | fifty percent | one half
  a quarter | 25% | one fourth | one quarter
  twice | two times
  once | one time`);

const SYNONYMS = groups(`
  big | large | huge
  small | little | tiny
  quick | fast | rapid
  start | begin | commence
  end | finish | conclude
  buy | purchase | acquire
  sell | trade away
  angry | mad | furious
  happy | glad | joyful
  sad | unhappy | sorrowful
  rich | wealthy
  poor | needy
  sick | ill | unwell
  house | home | dwelling
  road | street | way
  boat | ship | vessel
  doctor | physician
  teacher | instructor
  lawyer | attorney
  child | kid
  job | work | occupation
  money | cash
  war | armed conflict
  help | aid | assistance
  error | mistake | fault
  answer | reply | response
  build | construct | erect
  destroy | ruin | demolish
  increase | rise | growth
  decrease | decline | drop | fall
  cheap | inexpensive
  expensive | costly | dear
  hot | very warm
  cold | chilly
  old | ancient | aged
  new | recent | modern
  fire | blaze
  flood | inundation
  storm | tempest
  murder | killing
  theft | stealing | robbery
  illness | disease | sickness
  picture | image
  stone | rock
  forest | wood | woods
  wage | pay | salary
  king | monarch
  law | statute
  every day | daily
  every year | yearly | annually
  on foot | walking
  by ship | by boat
  he died | he passed away
  lack of money | not enough money | too little money
  lack of time | not enough time
  because of the rain | due to the rain | owing to the rain
  because of the war | due to the war | owing to the war`);

/** Meanings that are opposed, by a word of each. */
const OPPOSED = groups(`
  big | small
  start | end
  buy | sell
  happy | sad
  rich | poor
  build | destroy
  increase | decrease
  cheap | expensive
  hot | cold
  old | new
  lack of money | lack of time
  because of the rain | because of the war
  every day | every year
  fire | flood`);

/** Everything that is taught by heart. */
export const TAUGHT_TEXTS: readonly string[] = [
  ...ALIASES.flat(),
  ...SYNONYMS.flat(),
  ...[DEEDS, THINGS, MISHAPS, CONTAINERS, HIDEOUTS]
    .flat()
    .flatMap(({ told, gold, also }) => [told, gold, also]),
];

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
  const say = (x: Wording, y: Wording) => `${x[random.pick(ways)]} ${y[random.pick(ways)]}`;
  return {
    kind: 'synonym',
    question: (first === CONTAINERS ? where : what)(draw),
    gold: say(a, b),
    same: [say(a, b), say(a, b), say(a, b), say(a, b)],
    different: [say(c, b), say(a, d), say(c, d), say(a, d), say(c, b)],
  };
}

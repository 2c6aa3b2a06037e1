/**
 * @file NarrativeQA: a story, and answers in other words than the story's. The rule knows only the gold wording; the
 * story's own and a third one are kept as paraphrases, which a judge should accept.
 */
import { GIVEN_NAMES, surname } from '../names';
import type { Random } from '../random';
import { CONTAINERS, DEEDS, HIDEOUTS, MISHAPS, THINGS, type Wording } from './paraphrases';
import { idleParagraph, idleSentence, paragraph, type Sentence } from './passage';
import { fill } from './relations';
import type { DraftOptions, FamilyDraft, Passage } from './types';

export type NarrativeForm = 'deed' | 'motive' | 'hideout';

export interface NarrativeDials {
  /** What was done, why someone left, or where something was hidden; drawn by default. */
  form?: NarrativeForm;
}

interface Plot {
  form: NarrativeForm;
  /** States what happened: `{o}` is both wordings as told, one after the other. */
  core: string;
  question: string;
  goal: string;
  first: readonly Wording[];
  second: readonly Wording[];
}

const PLOTS: readonly Plot[] = [
  {
    form: 'deed',
    core: '{s} {o}',
    question: 'What did {s} do?',
    goal: 'what {s} did',
    first: DEEDS,
    second: THINGS,
  },
  {
    form: 'motive',
    core: '{s} left because {o}',
    question: 'Why did {s} leave?',
    goal: 'why {s} left',
    first: THINGS,
    second: MISHAPS,
  },
  {
    form: 'hideout',
    core: '{s} hid the letter {o}',
    question: 'Where did {s} hide the letter?',
    goal: 'where {s} hid the letter',
    first: CONTAINERS,
    second: HIDEOUTS,
  },
];

const OPENERS = [
  'That morning',
  'Later that day',
  'One evening',
  'The next day',
  'After the rain',
  'Before winter came',
  'In those weeks',
  'As people tell',
];

/** What one person did in one plot. */
interface Episode {
  plot: Plot;
  name: string;
  wordings: readonly [Wording, Wording];
}

type Way = keyof Wording;
const say = ({ wordings: [first, second] }: Episode, a: Way, b: Way = a): string =>
  `${first[a]} ${second[b]}`;
const told = (episode: Episode): string => fill(episode.plot.core, episode.name, say(episode, 'told'));

/** Accepted wordings besides the gold: every mixture of the three ways. */
function paraphrases(episode: Episode): string[] {
  const ways: readonly Way[] = ['told', 'gold', 'also'];
  return ways
    .flatMap((a) => ways.map((b) => say(episode, a, b)))
    .filter((wording) => wording !== say(episode, 'gold'));
}

export function narrative({ random, short }: DraftOptions, dials: NarrativeDials): FamilyDraft {
  const drawn = random.pick(PLOTS);
  const plot = PLOTS.find(({ form }) => form === dials.form) ?? drawn;
  const cast = new Cast(random);
  const hero = cast.episode(plot);
  // Someone with half the hero's name in the same plot, and the hero in another plot.
  const rivals = [cast.episode(plot, hero.name), cast.episode(plot, hero.name)];
  const otherPlot = random.pick(PLOTS.filter((other) => other !== plot));
  const elsewhere = { ...cast.episode(otherPlot), name: hero.name };
  const scene = (sentences: Sentence[]): Passage =>
    paragraph(
      random.pick(OPENERS),
      random.shuffle([
        ...sentences,
        ...Array.from({ length: short ? 0 : random.int(3) }, () => idleSentence(random)),
      ]),
    );
  const goal = fill(plot.goal, hero.name);
  const turn = random.chance(0.4)
    ? ` The text says ${told(rivals[0])}. Wait, that is ${rivals[0].name}, not ${hero.name}.`
    : '';
  const [first, second] = hero.wordings;
  return {
    title: 'A tale',
    question: {
      text: fill(plot.question, hero.name),
      answers: [say(hero, 'gold')],
      paraphrases: paraphrases(hero),
      reasoning:
        ` First, find ${goal}.${turn} The text says ${told(hero)}. Next, say it in other words.` +
        ` Check: ${first.told} is ${first.gold}, ${second.told} is ${second.gold}.`,
    },
    evidence: [scene([{ text: told(hero), isEvidence: true }])],
    nearMisses: [...rivals, elsewhere].map((episode) => scene([{ text: told(episode) }])),
    requiredNearMisses: 2,
    filler: () =>
      random.chance(0.3)
        ? idleParagraph(random, random.pick(OPENERS))
        : scene(
            Array.from({ length: short ? 1 : random.between(1, 3) }, () => ({
              text: told(cast.episode(random.pick(PLOTS))),
            })),
          ),
  };
}

/** People, each of whom comes once. */
class Cast {
  readonly #random: Random;
  readonly #taken = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** A new person in a plot; with `like`, one that shares a part of that name. */
  episode(plot: Plot, like?: string): Episode {
    const random = this.#random;
    const [given, family] = like?.split(' ') ?? [];
    for (;;) {
      const keepGiven = given !== undefined && random.chance(0.5);
      const first = keepGiven ? given : random.pick(GIVEN_NAMES);
      const name = `${first} ${!keepGiven && family !== undefined ? family : surname(random)}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return { plot, name, wordings: [random.pick(plot.first), random.pick(plot.second)] };
    }
  }
}

/**
 * @file Qasper: a paper and questions about what its authors did. Related work speaks of others in the same sentences;
 * answers are taken from the text, are yes or no, or are not there.
 */
import { surname } from '../names';
import type { Random } from '../random';
import { pseudoWord } from '../weave';
import { UNANSWERABLE } from './chain';
import { idleParagraph, idleSentence, paragraph, type Sentence } from './passage';
import { type ReasoningStep, reason } from './reasoning';
import { fill } from './relations';
import type { DraftOptions, FamilyDraft, Passage } from './types';

export type QasperForm = 'extractive' | 'yes-no';

export interface QasperDials {
  /** Drawn by default. */
  form?: QasperForm;
  /** Drawn by default. */
  answerable?: boolean;
}

/** Shares where the dials are not set. Of yes-no questions a third each is yes, no and unanswerable. */
export const QASPER_YES_NO = 0.4;
export const QASPER_UNANSWERABLE = 0.25;
const YES_NO_UNANSWERABLE = 1 / 3;

interface Detail {
  section: string;
  /** What someone did; `{o}` where something is to be extracted. */
  core: string;
  /** For yes-no questions: the opposite. */
  negated?: string;
  question: string;
  goal: string;
  draw?: (random: Random) => string;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
/** A name nobody can guess. */
function coined(random: Random): string {
  for (;;) {
    const word = pseudoWord(random) + pseudoWord(random);
    if (word.length >= 5 && word.length <= 9) return capitalised(word);
  }
}

const count = (random: Random): string => String(random.between(2, 99));

const EXTRACTIVE: readonly Detail[] = [
  {
    section: 'Data',
    core: '{s} train on the {o} corpus',
    question: 'Which corpus do the authors train on?',
    goal: 'the corpus',
    draw: coined,
  },
  {
    section: 'Evaluation',
    core: '{s} report the {o} score',
    question: 'Which score do the authors report?',
    goal: 'the score',
    draw: coined,
  },
  {
    section: 'Results',
    core: '{s} compare with the {o} system',
    question: 'Which system do the authors compare with?',
    goal: 'the system',
    draw: coined,
  },
  {
    section: 'Data',
    core: '{s} study the {o} language',
    question: 'Which language do the authors study?',
    goal: 'the language',
    draw: coined,
  },
  {
    section: 'Method',
    core: '{s} stack {o} layers',
    question: 'How many layers do the authors stack?',
    goal: 'the layers',
    draw: count,
  },
  {
    section: 'Data',
    core: '{s} pay {o} annotators',
    question: 'How many annotators do the authors pay?',
    goal: 'the annotators',
    draw: count,
  },
];

const YES_NO: readonly Detail[] = [
  ['Results', 'release the code', 'the code'],
  ['Data', 'share the data', 'the data'],
  ['Method', 'use pictures', 'pictures'],
  ['Evaluation', 'ask human judges', 'human judges'],
  ['Evaluation', 'test for significance', 'the test'],
  ['Method', 'tune by hand', 'the tuning'],
  ['Results', 'discuss failures', 'failures'],
  ['Method', 'start from random weights', 'the weights'],
].map(([section, act, goal]) => ({
  section,
  core: `{s} ${act}`,
  negated: `{s} do not ${act}`,
  question: `Do the authors ${act}?`,
  goal,
}));

const AUTHORS = 'We';

export function qasper({ random, short }: DraftOptions, dials: QasperDials): FamilyDraft {
  const drawnForm = random.chance(QASPER_YES_NO) ? 'yes-no' : 'extractive';
  const { form = drawnForm } = dials;
  const draw = random.float();
  const share = form === 'yes-no' ? YES_NO_UNANSWERABLE : QASPER_UNANSWERABLE;
  const { answerable = draw >= share } = dials;
  const taken = new Set<string>();
  const others = (): string => {
    for (;;) {
      const pair = `${surname(random)} and ${surname(random)}`;
      if (taken.has(pair)) continue;
      taken.add(pair);
      return pair;
    }
  };
  const detail = random.pick(form === 'yes-no' ? YES_NO : EXTRACTIVE);
  const said = (who: string, what: Detail): { text: string; value: string } => {
    const isYes = random.chance(0.5);
    if (what.negated)
      return { text: fill(isYes ? what.core : what.negated, who), value: isYes ? 'yes' : 'no' };
    const value = what.draw?.(random) ?? '';
    return { text: fill(what.core, who, value), value };
  };
  const own = said(AUTHORS, detail);
  const spare = random.pick([...EXTRACTIVE, ...YES_NO].filter((other) => other !== detail));
  const instead = said(AUTHORS, spare);
  const section = (opener: string, sentences: Sentence[]): Passage =>
    paragraph(
      opener,
      random.shuffle([
        ...sentences,
        ...Array.from({ length: short ? 0 : random.int(3) }, () => idleSentence(random)),
      ]),
    );
  const rivals = [others(), others(), others()].map((who) => {
    let rival = said(who, detail);
    // Polarity is free: others say nothing about what the authors did.
    while (form === 'extractive' && rival.value === own.value) rival = said(who, detail);
    return { who, ...rival };
  });
  const answer = answerable ? own.value : UNANSWERABLE;
  const step: ReasoningStep = {
    goal: detail.goal,
    statement: answerable ? own.text : undefined,
    wrongTurn: random.chance(0.4)
      ? { statement: rivals[0].text, about: rivals[0].who, instead: 'the authors' }
      : undefined,
  };
  const evidence = answerable
    ? section(detail.section, [{ text: own.text, isEvidence: true }])
    : section(spare.section, [{ text: instead.text, isEvidence: true }]);
  return {
    title: `${coined(random)}: a new approach`,
    question: {
      text: detail.question,
      answers: [answer],
      ...(answerable && { rejected: [UNANSWERABLE] }),
      reasoning: reason([step], `the authors, ${answer}.`),
    },
    evidence: [evidence],
    nearMisses: rivals.map(({ text }) => section('Related work', [{ text }])),
    requiredNearMisses: 2,
    filler: () =>
      random.chance(0.4)
        ? idleParagraph(random, random.pick(['Introduction', 'Discussion', 'Method', 'Results', 'Appendix']))
        : section(
            'Related work',
            Array.from({ length: short ? 1 : random.between(1, 4) }, () => ({
              text: said(others(), random.pick([...EXTRACTIVE, ...YES_NO])).text,
            })),
          ),
  };
}

/**
 * @file Phrases that show a reasoning behaviour, as data that anyone can read and edit, and the small language they are
 * written in: words in order, compared without case.
 *
 *     let me * check/verify     a word, `/` between alternatives, `*` for up to four words that do not matter
 *
 * A match stays inside one sentence. There is nothing to repeat without bound, so no list can make counting slow.
 */
import { CodedError } from '../errors';

export const behaviours = ['ground', 'subgoal', 'verify', 'backtrack'] as const;
export type Behaviour = (typeof behaviours)[number];

/** Phrases by behaviour. */
export type BehaviourPatterns = Readonly<Record<Behaviour, readonly string[]>>;

/** Alternatives of one word, or `null` for a gap. */
export type PatternElement = readonly string[] | null;

/** Bounds of a list that comes from outside. */
const most = { patterns: 200, characters: 600, elements: 12, gaps: 3 };

const text =
  'text/document/documents/passage/passages/paragraph/section/article/table/report/context/story/paper/contract/ledger/letter/chapter/clause/page/sentence/memo/summary/appendix/excerpt/footnote/note/entry/row/column/line';
const says =
  'says/states/mentions/shows/lists/reports/notes/describes/gives/reads/tells/writes/explains/speaks/said/stated/mentioned/calls/names/contains/records';
const verifying = 'verify/check/confirm/validate/recheck/compare';

/**
 * The list that counts unless another is given. The paper counts with a large model and publishes only four examples
 * (section 4.3), which are among these.
 */
export const defaultBehaviourPatterns: BehaviourPatterns = {
  ground: [
    `according to * ${text}`,
    `based on the/this * ${text}`,
    `the/this/that/each * ${text} * ${says}`,
    `${text} 1/2/3/4/5/6/7/8/9/10/11/12 ${says}`,
    `look/looking/going/go/searching/search/reading/check/checking * the/this * ${text}`,
    'let me find/look/locate/read/search',
    `in/from the/this * text/document/documents/passage/paragraph/table/report/article/context/excerpt`,
    'as stated/mentioned/noted/described/quoted',
    'it says/states/reads',
    `the author/writer/narrator ${says}`,
    'recall from the',
    `nothing in the ${text}`,
    'quoting/quote/quoted',
    'the place/passage/sentence/line where',
  ],
  subgoal: [
    'first/next/then/now/second/third i/we need/must/have/should/will/can',
    'i/we first need/must/have/should',
    'let me/us first/begin/start',
    "let's first/begin/start",
    'first/next/then find/identify/determine/compute/calculate/list/locate/get',
    'i/we need/have to find/identify/determine/compute/calculate/compare/know/work/figure/get/look/establish',
    'i/we will * start/begin by',
    "i'll/we'll * start/begin by",
    'break this/it/the * down/into',
    'split the problem/question/task',
    'has/have/into two/three/four * parts/steps/questions',
    'step 1/2/3/4/5/one/two/three/four',
    'the first/next/second/last step is',
    'my/the plan is',
    'the goal here/now is',
    'the goal is to',
    'once i/we have/know',
    'after that i/we',
    'before i/we can',
    'before answering',
    'to answer the/this question',
    'what remains is',
  ],
  verify: [
    `let me/us * ${verifying}`,
    `let's/i'll/we'll * ${verifying}`,
    'i/we should/must/need/want * verify/check/confirm/validate/recheck',
    'to verify/confirm/check',
    'verifying/rechecking/checking',
    'double check',
    'check whether/that/if/again',
    'make/making sure',
    'to be sure/certain/safe',
    'be sure that/the',
    'sanity check',
    'this/that/which/it confirms/matches/agrees/fits',
    'agrees/matches with/the',
    'consistent with',
    'does/do this/that/these/it match/fit/agree/hold',
    'is this/that right/correct/true',
    'adds/add/checks/check up/out',
    'gives/get/gets the same',
    'once more/again',
    'let me/us see if/whether',
    "let's see if/whether",
  ],
  backtrack: [
    "wait no/that/that's/i/this/maybe/actually/let/there/the/it",
    'no wait',
    'hold on',
    "this/that/it isn't right/correct/true",
    'this/that/it is not right/correct/true',
    'this/that/it is wrong',
    "that's not right/correct/true",
    "that's wrong",
    "that/this/it can't/cannot be",
    "that/this * won't/doesn't/didn't/can't work/help/fit",
    'i made/was/am * mistake/wrong/error',
    'i/we misread/overlooked/misunderstood/missed/confused/miscounted/forgot/mixed',
    'try/trying again/another/different',
    'try a/some different/other/new',
    'start/begin over/again',
    'scratch/forget that',
    'on second thought',
    'dead end',
    'me/us go back',
    "instead let/let's/i/we",
    'actually no/i',
    'assumption/answer/guess/idea was wrong',
    'let me/us reconsider/rethink',
    'leads nowhere',
  ],
};

/**
 * The elements of one phrase.
 * @throws CodedError `behaviours.pattern` with the phrase and what is wrong with it.
 */
export function parsePattern(pattern: string): PatternElement[] {
  const refuse = (what: string) =>
    new CodedError(
      'behaviours.pattern',
      `The phrase "${pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern}" ${what}.`,
      'Write words, a/b for alternatives, and * for words between them.',
    );
  if (pattern.length > most.characters) throw refuse('is too long');
  const elements = pattern
    .trim()
    .split(/\s+/)
    .map((word): PatternElement => (word === '*' ? null : word.split('/').map(normaliseWord)));
  if (elements.length > most.elements) throw refuse(`has more than ${most.elements} words`);
  if (elements.filter((element) => element === null).length > most.gaps)
    throw refuse(`has more than ${most.gaps} gaps`);
  if (elements[0] === null || elements.at(-1) === null) throw refuse('begins or ends with a gap');
  if (
    !elements.every((element) => element === null || element.every((word) => /^[\p{L}\p{N}']+$/u.test(word)))
  )
    throw refuse('holds something that is no word');
  return elements;
}

/**
 * A pattern list from a file: an object with a list of phrases for each behaviour.
 * @throws CodedError `behaviours.list`, `behaviours.pattern`.
 */
export function parseBehaviourPatterns(json: unknown): BehaviourPatterns {
  const refuse = (message: string) =>
    new CodedError('behaviours.list', message, `Give an object with lists named ${behaviours.join(', ')}.`);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw refuse('The pattern list is not a JSON object.');
  const lists = json as Record<string, unknown>;
  const stray = Object.keys(lists).find((key) => !(behaviours as readonly string[]).includes(key));
  if (stray !== undefined) throw refuse(`There is no behaviour "${stray.slice(0, 60)}".`);
  const read = (behaviour: Behaviour): string[] => {
    const list = lists[behaviour];
    if (!Array.isArray(list) || !list.every((phrase) => typeof phrase === 'string'))
      throw refuse(`"${behaviour}" is not a list of phrases.`);
    if (list.length > most.patterns) throw refuse(`"${behaviour}" has more than ${most.patterns} phrases.`);
    for (const phrase of list) parsePattern(phrase);
    return list;
  };
  return {
    ground: read('ground'),
    subgoal: read('subgoal'),
    verify: read('verify'),
    backtrack: read('backtrack'),
  };
}

/** How words of phrases and of texts are compared. */
export function normaliseWord(word: string): string {
  return word.toLowerCase().replaceAll('’', "'");
}

/**
 * @file Answers family questions from the text alone, knowing only how sentences and questions are worded. It finds
 * every answer the text gives, so that a second one shows.
 */
import {
  CONTAINERS,
  DEEDS,
  HIDEOUTS,
  MISHAPS,
  THINGS,
  type Wording,
} from '../../src/tasks/families/paraphrases';
import { WORLD_RELATIONS } from '../../src/tasks/families/relations';
import type { SuiteFamily } from '../../src/tasks/types';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const pattern = (template: string): RegExp =>
  new RegExp(`^${escaped(template).replace('\\{s\\}', '(?<s>.+)').replace('\\{o\\}', '(?<o>.+)')}$`);

/** Sentences of a text, without openers and full stops. */
export const sentencesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !/^[#|]/.test(line))
    .flatMap((line) =>
      line
        .replace(/^(?!The key)[^:]*: /, '')
        .split(/(?<=[.?])\s+/)
        .map((sentence) => sentence.replace(/\.$/, '')),
    );

type Facts = Map<string, Set<string>>;
const add = (facts: Facts, key: string, value: string) =>
  facts.set(key, (facts.get(key) ?? new Set()).add(value));
const get = (facts: Facts, key: string): string[] => [...(facts.get(key) ?? [])];

const CORES = WORLD_RELATIONS.map((relation) => ({ relation, core: pattern(relation.core) }));
const QUESTIONS = WORLD_RELATIONS.map((relation) => ({ relation, question: pattern(relation.question) }));
const DESCRIPTIONS = WORLD_RELATIONS.flatMap((relation) =>
  relation.description ? [{ relation, description: pattern(relation.description) }] : [],
);

/** Everything a text states about its small world, by `relation subject`. */
export function worldFacts(text: string): Facts {
  const facts: Facts = new Map();
  for (const sentence of sentencesOf(text))
    for (const { relation, core } of CORES) {
      const { s, o } = core.exec(sentence)?.groups ?? {};
      if (s && o && /^[A-Z]/.test(s) && (relation.object === 'year') === /^\d+$/.test(o))
        add(facts, `${relation.name} ${s}`, o);
    }
  return facts;
}

/** The things a description may mean. */
function resolve(facts: Facts, description: string): string[] {
  const found = DESCRIPTIONS.flatMap(({ relation, description: form }) => {
    const s = form.exec(description)?.groups?.s;
    return s ? [{ relation, s }] : [];
  });
  if (found.length === 0) return [description];
  return found.flatMap(({ relation, s }) =>
    resolve(facts, s).flatMap((name) => get(facts, `${relation.name} ${name}`)),
  );
}

function chainAnswers(facts: Facts, question: string): string[] {
  return QUESTIONS.flatMap(({ relation, question: form }) => {
    const s = form.exec(question)?.groups?.s;
    return s ? resolve(facts, s).flatMap((name) => get(facts, `${relation.name} ${name}`)) : [];
  });
}

const COMPARISONS: readonly [RegExp, readonly string[]][] = [
  [/^Who was born (earlier|later), (.+) or (.+)\?$/, ['birth']],
  [/^Which became a town (earlier|later), (.+) or (.+)\?$/, ['charter']],
  [/^Which book came out (earlier|later), (.+) or (.+)\?$/, ['publication']],
  [/^Which company opened (earlier|later), (.+) or (.+)\?$/, ['start']],
  [/^Which book is by the author who was born (earlier|later), (.+) or (.+)\?$/, ['author', 'birth']],
  [/^Which company has the founder who was born (earlier|later), (.+) or (.+)\?$/, ['founder', 'birth']],
  [/^Which book is set in what became a town (earlier|later), (.+) or (.+)\?$/, ['setting', 'charter']],
  [/^Whose company opened (earlier|later), that of (.+) or of (.+)\?$/, ['employer', 'start']],
];
const SAME: readonly [RegExp, string][] = [
  [/^Do (.+) and (.+) live in the same town\?$/, 'home'],
  [/^Do (.+) and (.+) work for the same company\?$/, 'employer'],
  [/^Do (.+) and (.+) have the same teacher\?$/, 'teacher'],
  [/^Are (.+) and (.+) set in the same town\?$/, 'setting'],
  [/^Are (.+) and (.+) by the same author\?$/, 'author'],
];

function worldAnswers(text: string, question: string): string[] {
  const facts = worldFacts(text);
  const along = (name: string, path: readonly string[]): string[] =>
    path.reduce((names, step) => names.flatMap((n) => get(facts, `${step} ${n}`)), [name]);
  for (const [form, path] of COMPARISONS) {
    const [, order, a, b] = form.exec(question) ?? [];
    if (order === undefined) continue;
    return along(a, path).flatMap((yearA) =>
      along(b, path).map((yearB) => (Number(yearA) < Number(yearB) === (order === 'earlier') ? a : b)),
    );
  }
  for (const [form, relation] of SAME) {
    const [, a, b] = form.exec(question) ?? [];
    if (a === undefined) continue;
    return along(a, [relation]).flatMap((x) => along(b, [relation]).map((y) => (x === y ? 'yes' : 'no')));
  }
  return chainAnswers(facts, question);
}

function keychainAnswers(text: string, question: string): string[] {
  const links: Facts = new Map();
  const questions: Facts = new Map();
  for (const sentence of sentencesOf(text)) {
    const [, from, to] = /^The key (\S+) leads to the key (\S+)$/.exec(sentence) ?? [];
    if (from) add(links, from, to);
    const [, key, hidden] = /^The key (\S+) asks: (.+)$/.exec(sentence) ?? [];
    if (key) add(questions, key, hidden);
  }
  let keys = [/key (\S+),/.exec(question)?.[1] ?? ''];
  const found: string[] = [];
  while (keys.length > 0) {
    found.push(...keys.flatMap((key) => get(questions, key)));
    keys = keys.flatMap((key) => get(links, key));
  }
  return found.flatMap((hidden) => worldAnswers(text, hidden));
}

function framesAnswers(text: string, question: string): string[] {
  const facts: Facts = new Map();
  for (const sentence of sentencesOf(text)) {
    const [, name, verb, value] =
      /^(\S+ \S+) (lives in|comes from|works as a|owns a|was born in) (.+)$/.exec(sentence) ?? [];
    if (name) add(facts, `${verb} ${name}`, value);
  }
  const names = new Set([...facts.keys()].map((key) => key.split(' ').slice(-2).join(' ')));
  const constraints = question
    .replace(/^Who /, '')
    .replace(/\?$/, '')
    .split(/, | and /)
    .map((part) => /^(lives in|comes from|works as a|owns a|was born before) (.+)$/.exec(part) ?? []);
  return [...names].filter((name) =>
    constraints.every(([, verb, bound]) =>
      verb === 'was born before'
        ? get(facts, `was born in ${name}`).some((year) => Number(year) < Number(bound))
        : get(facts, `${verb} ${name}`).includes(bound),
    ),
  );
}

/** `told` forms of two tables one after the other → the gold form. */
function reworded(phrase: string, first: readonly Wording[], second: readonly Wording[]): string[] {
  return first.flatMap((a) =>
    second.flatMap((b) => (`${a.told} ${b.told}` === phrase ? [`${a.gold} ${b.gold}`] : [])),
  );
}

function narrativeAnswers(text: string, question: string): string[] {
  const phrases = (name: string, between: string) =>
    sentencesOf(text).flatMap((sentence) =>
      sentence.startsWith(`${name} ${between}`) ? [sentence.slice(name.length + between.length + 1)] : [],
    );
  const [, did] = /^What did (.+) do\?$/.exec(question) ?? [];
  if (did) return phrases(did, '').flatMap((phrase) => reworded(phrase, DEEDS, THINGS));
  const [, left] = /^Why did (.+) leave\?$/.exec(question) ?? [];
  if (left) return phrases(left, 'left because ').flatMap((phrase) => reworded(phrase, THINGS, MISHAPS));
  const [, hid] = /^Where did (.+) hide the letter\?$/.exec(question) ?? [];
  return phrases(hid ?? '', 'hid the letter ').flatMap((phrase) => reworded(phrase, CONTAINERS, HIDEOUTS));
}

function qasperAnswers(text: string, question: string): string[] {
  const own = sentencesOf(text).flatMap((sentence) => /^We (.+)$/.exec(sentence)?.[1] ?? []);
  const [, act] = /^Do the authors (.+)\?$/.exec(question) ?? [];
  if (act) return own.flatMap((what) => (what === act ? ['yes'] : what === `do not ${act}` ? ['no'] : []));
  const [, noun, verb] =
    /^(?:Which|How many) (\S+) do the authors (study|report|stack|pay|train on|compare with)\?$/.exec(
      question,
    ) ?? [];
  return own.flatMap((what) => new RegExp(`^${verb} (?:the )?(\\S+) ${noun}$`).exec(what)?.[1] ?? []);
}

function docmathAnswers(text: string, question: string): string[] {
  const facts: Facts = new Map();
  for (const sentence of sentencesOf(text)) {
    const [, place, value, good, year] = /^(\S+) sold (\d+) barrels of (\S+) in (\d+)$/.exec(sentence) ?? [];
    if (place) add(facts, `${good} in ${place} in ${year}`, value);
  }
  for (const block of text.split('\n\n')) {
    const [, place] = /^Barrels sold in (\S+):/.exec(block) ?? [];
    const rows = block.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const header = rows.find((cells) => cells[1] === 'goods');
    if (place && header)
      for (const [, good, ...values] of rows.filter((cells) => cells.length > 2 && cells !== header))
        for (const [i, value] of values.entries())
          if (value) add(facts, `${good} in ${place} in ${header[i + 2]}`, value);
  }
  const cells = [...question.matchAll(/(\S+) in (\S+) in (\d+)/g)].map((match) => get(facts, match[0]));
  if (cells.some((values) => values.length !== 1)) return cells.flat();
  const [a, b, c] = cells.map(([value]) => Number(value));
  const forms: readonly [RegExp, () => number][] = [
    [/^How many barrels: /, () => a],
    [/^How many barrels together: /, () => a + b + (c ?? 0)],
    [/^How many barrels more: /, () => a - b],
    [/^How many barrels on average: /, () => (a + b) / 2],
    [/^How many barrels are left of /, () => a + b - c],
  ];
  return forms.flatMap(([form, value]) => (form.test(question) ? [String(value())] : []));
}

/** Every answer the text gives; none means unanswerable. */
export function answersFromText(family: SuiteFamily, text: string, question: string): string[] {
  switch (family) {
    case 'docmath':
      return docmathAnswers(text, question);
    case 'frames':
      return framesAnswers(text, question);
    case '2wiki':
    case 'hotpot':
    case 'musique':
      return worldAnswers(text, question);
    case 'narrative':
      return narrativeAnswers(text, question);
    case 'qasper':
      return qasperAnswers(text, question);
    case 'keychain':
      return keychainAnswers(text, question);
  }
  return family satisfies never;
}

/**
 * @file Woven text: sentences whose form is English and whose content is arbitrary, for learning look-up over any
 * tokens instead of over our own names.
 *
 * A text draws its content words from one small vocabulary, so that words and phrases come back in other company:
 * two or three words of context must then decide, as in real prose.
 */
import { ADJECTIVES, ADVERBS, FUNCTION_WORDS, inflections, NOUNS, plural, VERBS } from './lexicon';
import type { Random } from './random';

/** What the content words are made of. */
export type WeaveStyle = 'english' | 'pseudo' | 'tokens';

export interface WeaveOptions {
  style: WeaveStyle;
  characters: number;
  /** Pieces of words for style `tokens`, such as the tokenizer's vocabulary: every entry comes up equally often. */
  pieces?: readonly string[];
}

interface Vocabulary {
  nouns: readonly string[];
  verbs: readonly string[];
  adjectives: readonly string[];
  names: readonly string[];
}

const ONSETS =
  'b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kn l m n p pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr tw v w wr y z'.split(
    ' ',
  );
const VOWELS = 'a e i o u ai au ea ee ie oa oo ou y'.split(' ');
const CODAS = [
  '',
  '',
  '',
  'b',
  'ck',
  'd',
  'f',
  'g',
  'l',
  'll',
  'm',
  'n',
  'nd',
  'ng',
  'nt',
  'p',
  'r',
  'rd',
  'rn',
  's',
  'st',
  't',
  'th',
  'x',
];

/** A pronounceable word that means nothing. */
export function pseudoWord(random: Random): string {
  let word = '';
  for (let i = random.between(1, 3); i > 0; i--)
    word += random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS);
  return word;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function drawVocabulary(random: Random, { style, pieces }: WeaveOptions): Vocabulary {
  const many = (count: number, draw: () => string) => Array.from({ length: count }, draw);
  const arbitrary = () => {
    if (style === 'pseudo' || pieces === undefined || pieces.length === 0) return pseudoWord(random);
    return many(random.between(1, 2), () => random.pick(pieces)).join('');
  };
  if (style !== 'english') {
    return {
      nouns: many(random.between(10, 30), arbitrary),
      verbs: many(random.between(4, 12), arbitrary),
      adjectives: many(random.between(4, 12), arbitrary),
      names: many(8, () => capitalised(arbitrary())),
    };
  }
  return {
    nouns: many(random.between(12, 40), () =>
      random.chance(0.3) ? plural(random.pick(NOUNS)) : random.pick(NOUNS),
    ),
    verbs: many(random.between(8, 20), () => random.pick(inflections(random.pick(VERBS)))),
    adjectives: many(random.between(6, 20), () => random.pick(random.chance(0.85) ? ADJECTIVES : ADVERBS)),
    names: many(8, () => capitalised(random.pick(random.chance(0.5) ? NOUNS : ADJECTIVES))),
  };
}

const DETERMINERS = [
  'the',
  'a',
  'this',
  'any',
  'each',
  'the',
  'such',
  'all',
  'your',
  'no',
  'its',
  'every',
  'the',
];
const PREPOSITIONS = [
  'of',
  'in',
  'to',
  'for',
  'with',
  'on',
  'by',
  'from',
  'under',
  'of',
  'without',
  'as',
  'against',
  'of',
];
const AUXILIARIES = [
  'is',
  'may',
  'must',
  'was',
  'will',
  'are',
  'can',
  'shall',
  'has',
  'had',
  'does not',
  'you may',
  'they',
];
const CONNECTIVES = ['and', 'or', 'if', 'that', 'which', 'but', 'when', 'unless', 'so', 'because', 'where'];

function nounPhrase(v: Vocabulary, random: Random): string {
  const draw = random.float();
  if (draw < 0.2) return `${random.pick(DETERMINERS)} ${random.pick(v.names)}`;
  if (draw < 0.3) return random.pick(v.names);
  if (draw < 0.4) return `${random.between(2, 999)} ${random.pickEarly(v.nouns)}`;
  if (draw < 0.65)
    return `${random.pick(DETERMINERS)} ${random.pick(v.adjectives)} ${random.pickEarly(v.nouns)}`;
  return `${random.pick(DETERMINERS)} ${random.pickEarly(v.nouns)}`;
}

function clause(v: Vocabulary, random: Random): string {
  let text = nounPhrase(v, random);
  if (random.chance(0.3)) text += ` ${random.pick(PREPOSITIONS)} ${nounPhrase(v, random)}`;
  if (random.chance(0.5)) text += ` ${random.pick(AUXILIARIES)}`;
  text += ` ${random.pick(v.verbs)}`;
  if (random.chance(0.7)) text += ` ${nounPhrase(v, random)}`;
  for (let i = random.int(3); i > 0; i--) text += ` ${random.pick(PREPOSITIONS)} ${nounPhrase(v, random)}`;
  return text;
}

/** Words in no order at all, with function words in between. */
function jumble(v: Vocabulary, random: Random): string {
  const pool = [v.nouns, v.verbs, v.adjectives, v.names, FUNCTION_WORDS, FUNCTION_WORDS];
  return Array.from({ length: random.between(6, 16) }, () => random.pick(random.pick(pool))).join(' ');
}

/** Hard-wraps a paragraph at a width, as plain-text files often are. */
function wrap(paragraph: string, width: number): string {
  let column = 0;
  let text = '';
  for (const word of paragraph.split(' ')) {
    const broken = column > 0 && column + word.length + 1 > width;
    text += broken ? `\n${word}` : column > 0 ? ` ${word}` : word;
    column = broken ? word.length : column + word.length + 1;
  }
  return text;
}

/** A woven text of about the wanted length. */
export function weave(random: Random, options: WeaveOptions): string {
  const vocabulary = drawVocabulary(random, options);
  const width = random.chance(0.6) ? random.between(56, 100) : 0;
  const jumbled = random.chance(0.25);
  let text = '';
  while (text.length < options.characters) {
    let paragraph = random.chance(0.3) ? `${random.between(1, 20)}. ` : '';
    for (let i = random.between(2, 6); i > 0; i--) {
      let sentence = jumbled ? jumble(vocabulary, random) : clause(vocabulary, random);
      while (!jumbled && random.chance(0.35)) {
        const comma = random.chance(0.5) ? ',' : '';
        sentence += `${comma} ${random.pick(CONNECTIVES)} ${clause(vocabulary, random)}`;
      }
      paragraph += `${capitalised(sentence)}${random.pick(['.', '.', '.', '.', ';', ':', '?'])}${i > 1 ? ' ' : ''}`;
    }
    text += `${width > 0 ? wrap(paragraph, width) : paragraph}\n\n`;
  }
  return text;
}

/** @file Sentences around an answer: such that keep its meaning, and such that turn it round. */
import { inflections } from '../lexicon';
import type { PairDraw } from './types';
import { adverb, fillIn, lines, noun, type Templates, verb } from './words';

/** The answer, said in a sentence. */
const ASSERTING: Templates = {
  train: lines(`
    {x}.
    It was {x}.
    It is {x}
    The answer is {x}.
    I think it is {x}
    {x}, as the text says
    According to the text, {x}.
    That would be {x}
    **{x}**
    "{x}"
    {x} (see above)
    Answer: {x}
    probably {x}
    Therefore, the answer is {x}.
    It says that it was {x}.
    The text names {x}.
    {x}!
    this is {x}
    well, {x}
    As stated in the document: {x}
    {A}, it was {x}
    {A} {x}
    {x}, {a}
    we {b} that it was {x}
    {x}, they {b}
    as we {b}, it is {x}
    the {n} {a} {v} {x}
    {A} {v} for the {n}, this was {x}
    they {b} the {n} and {b} {x}
    one must name {x}
    this must mean {x}
    {x} is right
    correct would be {x}
    {x}, as they {b}
    {x}, we {b} {a}
    when they {v} the {n}, it was {x}
    having {v} the {n}: {x}
    In my view {x}
    I would say {x}.
    it {v} {x}
    they {v} {x}
    It was {v} by {x}.
    It was {v} in {x}
    the {n} {v} {x}
    {x} {v} it.
    the {n} was {v} by {x}
    we can read here: {x}
    of course {x}
    Everything points at {x}.
    What else but {x}?
    So far as I can see, it was {x}
    The best answer would be {x}`),
  validation: lines(`
    The correct answer: {x}
    So it must be {x}.
    Based on the document, it was {x}.
    {x}, I believe.`),
  'held-out': lines(`
    My answer is {x}.
    The text says {x}.
    It would be {x}, I think
    As the document says, it was {x}
    ({x})
    Above all the answer: {x}.`),
};

/** The answer after its question ({q}), or beside a word of it ({w}). */
const RESTATING: Templates = {
  train: lines(`
    {q}: {x}
    The {w} was {x}.
    the {w} is {x}
    {x} is the {w}
    {x} was its {w}
    {w}: {x}
    There is the {w}, {x}
    {x} {w}`),
  validation: lines(`
    {q} - {x}
    The {w}, it is {x}.
    a {w} of {x}`),
  'held-out': lines(`
    {q}: {x}
    As to the {w}, it was {x}.
    its {w} is {x}`),
};

/** The answer, denied, or offered beside another one ({y}, {z}). */
const DENYING: Templates = {
  train: lines(`
    not {x}
    It was not {x}.
    anything but {x}
    It isn't {x}
    {y}, not {x}
    {x} or {y}
    {x}, {y} or {z}
    either {x} or {y}
    never {x}
    no {x}
    not {x} but {y}
    {y} instead of {x}
    {y} rather than {x}
    all except {x}
    neither {x} nor {y}
    {x} / {y} / {z}
    without {x}
    it could be {x}, {y}, {z}
    It was {y}. {x} came later.
    I doubt that it was {x}
    it was not {x} that {v} it
    the {n} {v} {y}, not {x}
    everyone except {x}
    {x} was not {v}
    {y}, never {x}
    anything rather than {x}
    I would not say {x}
    {A}, it was not {x}
    they {b} that it was not {x}
    {A} {y} or {x}
    {y} {a}, not {x}
    nobody {v} {x}
    hardly {x}`),
  validation: lines(`
    certainly not {x}
    neither {y} nor {x}
    it is not {x}
    {y} or {x}`),
  'held-out': lines(`
    It wasn't {x}
    instead of {x}, {y}
    {y} / {x}
    it was never {x}
    either {y} or {x} or {z}
    The answer is not {x}.
    everything but {x}
    rather {y} than {x}`),
};

/** Sentences of the training part: such that keep the meaning, and such that turn it round. */
export const KEEPING_FRAMES: readonly string[] = [ASSERTING, RESTATING].flatMap(({ train }) => train);
export const TURNING_FRAMES: readonly string[] = DENYING.train;

/** Words that say nothing of the answer: a noun, a verb and its past, an adverb small and with a capital. */
function fillers(draw: PairDraw): Readonly<Record<string, string>> {
  const a = adverb(draw);
  const b = verb(draw);
  return { n: noun(draw), b, v: inflections(b)[2], a, A: a.charAt(0).toUpperCase() + a.slice(1) };
}

export const asserted = (draw: PairDraw, x: string): string =>
  fillIn(draw.random.pick(ASSERTING[draw.part]), { x, ...fillers(draw) });

export const restated = ({ random, part }: PairDraw, question: string, x: string): string => {
  const q = question.replace(/[?.]$/, '');
  return fillIn(random.pick(RESTATING[part]), { x, q, w: random.pick(contentWords(q)) });
};

/** Words of a question that are no mere grammar, without its first word. */
export const contentWords = (question: string): readonly string[] =>
  question.match(/(?<=\s)\p{L}{4,}/gu) ?? ['answer'];

export const denied = (draw: PairDraw, x: string, y: string, z: string): string =>
  fillIn(draw.random.pick(DENYING[draw.part]), { x, y, z, ...fillers(draw) });

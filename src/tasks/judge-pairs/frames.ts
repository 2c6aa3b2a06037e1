/** @file Sentences around an answer: such that keep its meaning, and such that turn it round. */
import type { PairDraw } from './types';
import { fillIn, lines, type Templates } from './words';

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
    As stated in the document: {x}`),
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
    I doubt that it was {x}`),
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

export const asserted = ({ random, part }: PairDraw, x: string): string =>
  fillIn(random.pick(ASSERTING[part]), { x });

export const denied = ({ random, part }: PairDraw, x: string, y: string, z: string): string =>
  fillIn(random.pick(DENYING[part]), { x, y, z });

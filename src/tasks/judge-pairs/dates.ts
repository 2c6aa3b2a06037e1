/** @file Dates and years in their many spellings. */
import { MONTHS } from '../names';
import { ordinal, shortOrdinal } from './numerals';
import { when } from './questions';
import type { PairDraft, PairDraw } from './types';

interface Day {
  day: number;
  month: number;
  year: number;
}

function spelled({ random }: PairDraw, { day, month, year }: Day): string {
  const name = MONTHS[month - 1];
  const short = random.pick([name, name, name.slice(0, 3), `${name.slice(0, 3)}.`]);
  const two = (value: number) => String(value).padStart(2, '0');
  return random.pick([
    `${day} ${name} ${year}`,
    `${short} ${day}, ${year}`,
    `${name} ${shortOrdinal(day)}, ${year}`,
    `the ${shortOrdinal(day)} of ${name} ${year}`,
    `${day} ${short} ${year}`,
    `the ${ordinal(day)} of ${name}, ${year}`,
    `${year}-${two(month)}-${two(day)}`,
    `${name} ${day} ${year}`,
  ]);
}

const anotherNumber = ({ random }: PairDraw, value: number, low: number, high: number): number => {
  const near = value + random.pick([-1, 1, 10, -10]);
  return near >= low && near <= high && random.chance(0.6)
    ? near
    : low + ((value - low + random.between(1, high - low)) % (high - low + 1));
};

export function date(draw: PairDraw): PairDraft {
  const { random } = draw;
  const day: Day = {
    day: random.between(1, 28),
    month: random.between(1, 12),
    year: random.between(1200, 2030),
  };
  if (random.chance(0.3)) return year(draw, day.year);
  const wrongDay = () => spelled(draw, { ...day, day: anotherNumber(draw, day.day, 1, 28) });
  const wrongMonth = () => spelled(draw, { ...day, month: anotherNumber(draw, day.month, 1, 12) });
  const wrongYear = () => spelled(draw, { ...day, year: anotherNumber(draw, day.year, 1200, 2030) });
  const month = MONTHS[day.month - 1];
  return {
    kind: 'date',
    question: when(draw),
    gold: spelled(draw, day),
    same: [1, 2, 3, 4].map(() => spelled(draw, day)).concat(`on ${spelled(draw, day)}`),
    different: [
      wrongDay(),
      wrongMonth(),
      wrongYear(),
      random.pick([wrongDay, wrongMonth, wrongYear])(),
      random.pick([`${month} ${day.year}`, String(day.year), `${day.day} ${month}`]),
    ],
  };
}

function year(draw: PairDraw, value: number): PairDraft {
  const { random } = draw;
  const wrong = () => String(anotherNumber(draw, value, 1200, 2030));
  const digits = String(value);
  return {
    kind: 'date',
    question: when(draw),
    gold: random.pick([digits, `in ${digits}`, `the year ${digits}`]),
    same: [
      digits,
      `in ${digits}`,
      `in the year ${digits}`,
      `in ${random.pick(MONTHS)} ${digits}`,
      `${digits} AD`,
    ],
    different: [
      wrong(),
      `in ${wrong()}`,
      digits.slice(0, 2),
      `${digits} or ${wrong()}`,
      `${digits}${random.int(10)}`,
      `before ${digits}`,
      `after ${digits}`,
    ],
  };
}

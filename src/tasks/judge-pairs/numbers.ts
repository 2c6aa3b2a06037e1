/** @file Numbers in digits and words, quantities with their units, large numbers with their scales. */

import { plural } from '../lexicon';
import { numeral, withCommas } from './numerals';
import { howMany, howMuch } from './questions';
import type { PairDraft, PairDraw } from './types';
import { another, noun, words } from './words';

/** A whole number, small ones more often. */
function whole(draw: PairDraw): number {
  const { random } = draw;
  return random.between(0, random.pick([12, 20, 99, 99, 999, 9999]));
}

/** Ways to write a whole number. */
function ways({ random }: PairDraw, value: number): string[] {
  const digits = String(value);
  const spelled = [numeral(value), numeral(value, ' '), numeral(value, '-', true)];
  return [digits, digits, withCommas(value), random.pick(spelled), random.pick(spelled)];
}

/** Numbers that look or sound like another one. */
function lookalikes({ random }: PairDraw, value: number): number[] {
  const digits = String(value);
  const at = random.int(digits.length);
  const other = String((Number(digits[at]) + random.between(1, 9)) % 10);
  const changed = Number(digits.slice(0, at) + other + digits.slice(at + 1));
  const all = [
    value + 1,
    Math.abs(value - 1),
    changed,
    value * 10,
    Math.floor(value / 10),
    Number([...digits].reverse().join('')),
    value + random.pick([2, 5, 10, 100]),
    // Thirteen and thirty.
    value > 12 && value < 20
      ? (value - 10) * 10
      : value % 10 === 0 && value < 100
        ? value / 10 + 10
        : value + 7,
  ];
  return [...new Set(all)].filter((number) => number !== value && number < 100_000);
}

export function number(draw: PairDraw): PairDraft {
  const { random } = draw;
  const value = whole(draw);
  const counted = plural(noun(draw));
  const wrong = random.sample(lookalikes(draw, value), 4).flatMap((other) => random.pick(ways(draw, other)));
  const same = ways(draw, value);
  return {
    kind: 'number',
    question: howMany(draw, counted),
    gold: random.pick(same),
    same: [...same, `${random.pick(same)} ${counted}`, `${random.pick(same)} of them`],
    different: [...wrong, `${random.pick(wrong)} ${counted}`],
  };
}

/** Names of one unit; an entry with `^` stands before the number. */
export const UNITS: readonly { kind: string; names: string }[] = [
  { kind: 'length', names: 'km,kilometres,kilometers' },
  { kind: 'length', names: 'm,metres,meters' },
  { kind: 'length', names: 'cm,centimetres,centimeters' },
  { kind: 'length', names: 'mm,millimetres' },
  { kind: 'length', names: 'mi,miles' },
  { kind: 'length', names: 'ft,feet' },
  { kind: 'length', names: 'in.,inches' },
  { kind: 'weight', names: 'kg,kilograms,kilos' },
  { kind: 'weight', names: 'g,grams' },
  { kind: 'weight', names: 'lb,pounds,lbs' },
  { kind: 'weight', names: 't,tons,tonnes' },
  { kind: 'time', names: 'h,hours,hrs' },
  { kind: 'time', names: 'min,minutes,mins' },
  { kind: 'time', names: 's,seconds,sec' },
  { kind: 'time', names: 'days' },
  { kind: 'time', names: 'weeks' },
  { kind: 'time', names: 'months' },
  { kind: 'time', names: 'years,yrs' },
  { kind: 'volume', names: 'l,litres,liters' },
  { kind: 'volume', names: 'ml,millilitres' },
  { kind: 'money', names: '^$,dollars,USD,US dollars' },
  { kind: 'money', names: '^€,euros,EUR' },
  { kind: 'money', names: '^£,pounds sterling,GBP' },
  { kind: 'money', names: '^¥,yen' },
  { kind: 'share', names: '%,percent,per cent' },
  { kind: 'heat', names: '°C,degrees Celsius' },
  { kind: 'heat', names: '°F,degrees Fahrenheit' },
];

function measured({ random }: PairDraw, amount: string, unit: (typeof UNITS)[number]): string {
  const name = random.pick(unit.names.split(','));
  if (name.startsWith('^')) return `${name.slice(1)}${amount}`;
  const close = name.length <= 2 && /^\d/.test(amount) && random.chance(0.4);
  return `${amount}${close ? '' : ' '}${name}`;
}

export function quantity(draw: PairDraw): PairDraft {
  const { random } = draw;
  const unit = random.pick(UNITS);
  const value = random.between(2, random.pick([12, 99, 99, 999]));
  const tenths = random.chance(0.2) ? `.${random.between(1, 9)}` : '';
  const amounts = tenths === '' ? ways(draw, value) : [`${value}${tenths}`];
  const write = (of: typeof unit = unit, from: readonly string[] = amounts) =>
    measured(draw, random.pick(from), of);
  const others = UNITS.filter((other) => other !== unit && other.kind === unit.kind);
  const strange = UNITS.filter((other) => other.kind !== unit.kind);
  const wrong = lookalikes(draw, value).map((other) => `${other}${tenths}`);
  return {
    kind: 'quantity',
    question: howMuch(draw),
    gold: write(),
    same: [write(), write(), write(), write()],
    different: [
      write(others.length > 0 ? random.pick(others) : random.pick(strange)),
      write(random.pick(others.length > 0 ? others : strange)),
      write(unit, [random.pick(wrong)]),
      write(unit, [random.pick(wrong)]),
      write(random.pick(strange)),
      `not ${write()}`,
    ],
  };
}

const SCALES = [
  { size: 1e3, names: words('thousand k') },
  { size: 1e6, names: words('million m mn') },
  { size: 1e9, names: words('billion bn') },
] as const;

/** 1.5 million, 1,500,000. */
export function scale(draw: PairDraw): PairDraft {
  const { random } = draw;
  const at = random.int(SCALES.length);
  const whole = random.between(1, random.pick([9, 99, 999]));
  const tenths = random.chance(0.5) ? random.between(1, 9) : 0;
  const write = (to: number, tens: number, units: number) => {
    const { size, names } = SCALES[to];
    const value = Math.round((tens + units / 10) * size);
    const head = `${tens}${units > 0 ? `.${units}` : ''}`;
    const name = random.chance(0.8) ? names[0] : random.pick(names);
    return random.pick([
      `${head} ${name}`,
      `${head} ${name}`,
      withCommas(value),
      withCommas(value),
      String(value),
      units === 0 && tens < 100 ? `${numeral(tens)} ${names[0]}` : `${head} ${names[0]}`,
    ]);
  };
  const right = () => write(at, whole, tenths);
  const other = (at + random.between(1, 2)) % 3;
  const near = another(
    () => String(random.pick([whole + 1, whole * 10, whole + 10, Math.ceil(whole / 10)])),
    String(whole),
  );
  return {
    kind: 'scale',
    question: howMuch(draw),
    gold: right(),
    same: [right(), right(), right(), right()],
    different: [
      write(other, whole, tenths),
      write(other, whole, tenths),
      write(at, Number(near), tenths),
      write(at, whole, (tenths + random.between(1, 9)) % 10),
    ],
  };
}

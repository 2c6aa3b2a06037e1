/**
 * @file DocMath: numbers that stand in tables and in prose, and one to three of them in a short calculation. The result
 * is drawn first and evenly, so that no value is likelier than another.
 */
import { GOODS, town } from '../names';
import type { Random } from '../random';
import { checkWhole } from './dials';
import { idleParagraph, PassageWriter } from './passage';
import type { DraftOptions, FamilyDraft, Passage } from './types';

export interface DocmathDials {
  /** How many numbers the answer takes, 1 to 3; drawn by default. */
  numbers?: number;
  /** No number or result is larger, 20 to 9999; default 99, up to where numbers are single tokens. */
  largest?: number;
}

export const DOCMATH_LARGEST = 99;
/** Towns are about four hundred; each has one report. */
const MAX_REPORTS = 250;

/** One number of a report: so many barrels of a good in a town in a year. */
interface Cell {
  town: string;
  good: string;
  year: number;
}

interface Calculation {
  question: (cells: readonly string[]) => string;
  /** Operands and the result. */
  draw: (random: Random, largest: number) => { operands: number[]; result: number };
  working: (operands: readonly number[], result: number) => string;
}

const CALCULATIONS: Record<1 | 2 | 3, readonly Calculation[]> = {
  1: [
    {
      question: ([a]) => `How many barrels: ${a}?`,
      draw: (random, largest) => {
        const result = random.between(2, largest);
        return { operands: [result], result };
      },
      working: ([a]) => `Check: ${a}.`,
    },
  ],
  2: [
    {
      question: ([a, b]) => `How many barrels together: ${a} and ${b}?`,
      draw: (random, largest) => {
        const result = random.between(4, largest);
        const a = random.between(2, result - 2);
        return { operands: [a, result - a], result };
      },
      working: ([a, b], result) => `${a} + ${b} = ${result}. Check: ${result} - ${b} = ${a}, so ${result}.`,
    },
    {
      question: ([a, b]) => `How many barrels more: ${a} than ${b}?`,
      draw: (random, largest) => {
        const result = random.between(2, largest - 2);
        const b = random.between(2, largest - result);
        return { operands: [result + b, b], result };
      },
      working: ([a, b], result) => `${a} - ${b} = ${result}. Check: ${result} + ${b} = ${a}, so ${result}.`,
    },
    {
      question: ([a, b]) => `How many barrels on average: ${a} and ${b}?`,
      draw: (random, largest) => {
        const result = random.between(4, largest - 2);
        const half = random.between(1, Math.min(result - 2, largest - result));
        const apart = random.chance(0.5) ? half : -half;
        return { operands: [result + apart, result - apart], result };
      },
      working: ([a, b], result) =>
        `${a} + ${b} = ${a + b}, half is ${result}. Check: ${result} + ${result} = ${a + b}, so ${result}.`,
    },
  ],
  3: [
    {
      question: ([a, b, c]) => `How many barrels together: ${a}, ${b} and ${c}?`,
      draw: (random, largest) => {
        const result = random.between(6, largest);
        const a = random.between(2, result - 4);
        const b = random.between(2, result - a - 2);
        return { operands: random.shuffle([a, b, result - a - b]), result };
      },
      working: ([a, b, c], result) =>
        `${a} + ${b} = ${a + b}. ${a + b} + ${c} = ${result}. Check: ${result} - ${c} = ${a + b}, so ${result}.`,
    },
    {
      question: ([a, b, c]) => `How many barrels are left of ${a} and ${b} without ${c}?`,
      draw: (random, largest) => {
        const result = random.between(2, largest - 2);
        const c = random.between(2, largest - result);
        const a = random.between(2, result + c - 2);
        return { operands: [a, result + c - a, c], result };
      },
      working: ([a, b, c], result) =>
        `${a} + ${b} = ${a + b}. ${a + b} - ${c} = ${result}. Check: ${result} + ${c} = ${a + b}, so ${result}.`,
    },
  ],
};

const nameOf = ({ good, town: place, year }: Cell): string => `${good} in ${place} in ${year}`;

/** What a report of one town holds. */
interface Report {
  town: string;
  goods: string[];
  years: readonly number[];
  isTable: boolean;
  values: Map<string, number>;
}

export function docmath({ random, short }: DraftOptions, dials: DocmathDials): FamilyDraft {
  checkWhole('numbers', dials.numbers, 1, 3);
  checkWhole('largest', dials.largest, 20, 9999);
  const drawnNumbers = random.between(1, 3);
  const { numbers = drawnNumbers, largest = DOCMATH_LARGEST } = dials;
  const places = new Set<string>();
  const place = (): string => {
    for (;;) {
      const name = town(random);
      if (places.has(name)) continue;
      places.add(name);
      return name;
    }
  };
  const first = random.between(1700, 1890);
  const years = [first, first + 1];
  const report = (goods: string[]): Report => {
    const values = new Map<string, number>();
    for (const good of goods)
      for (const year of years) values.set(`${good} ${year}`, random.between(2, largest));
    return { town: place(), goods, years, isTable: random.chance(0.5), values };
  };

  const calculation = random.pick(CALCULATIONS[numbers as 1 | 2 | 3]);
  const { operands, result } = calculation.draw(random, largest);
  const goods = random.sample(GOODS, Math.max(2, numbers));
  const year = random.pick(years);
  const spread = random.pick(short ? ['goods'] : ['goods', 'towns', 'towns']);
  const reports =
    spread === 'goods' || numbers === 1 ? [report(goods)] : operands.map(() => report(random.shuffle(goods)));
  const cells = operands.map((value, i): Cell => {
    const { town: where, values } = reports[i % reports.length];
    const good = reports.length === 1 ? goods[i] : goods[0];
    values.set(`${good} ${year}`, value);
    return { town: where, good, year };
  });
  const wanted = (where: Report): Cell[] => cells.filter((cell) => cell.town === where.town);
  const evidence = reports.map((where) => write(where, wanted(where)));
  const rivals = [report(goods.slice(0, 2)), report(goods)].map((where) => write(where, []));
  const commentary = ['Note of the clerk', 'Letter to the owners', 'Remark', 'From the minutes'];
  return {
    title: `Reports of ${years.join(' and ')}`,
    question: {
      text: calculation.question(cells.map(nameOf)),
      answers: [String(result)],
      reasoning: reasoning(random, cells, reports, operands, calculation.working(operands, result)),
    },
    evidence,
    nearMisses: rivals,
    requiredNearMisses: 1,
    filler: () =>
      places.size > MAX_REPORTS || random.chance(short ? 0.6 : 0.3)
        ? idleParagraph(random, random.pick(commentary))
        : write(report(random.sample(GOODS, random.between(2, short ? 2 : 4))), []),
  };
}

/** A report as a table or as prose, with the rows or statements of the wanted cells as evidence. */
function write(report: Report, wanted: readonly Cell[]): Passage {
  const isWanted = (good: string, year?: number) =>
    wanted.some((cell) => cell.good === good && (year === undefined || cell.year === year));
  const writer = new PassageWriter();
  if (report.isTable) {
    writer.add(`Barrels sold in ${report.town}:\n| goods | ${report.years.join(' | ')} |`);
    for (const good of report.goods) {
      writer.add('\n');
      const line = row(report, good);
      if (isWanted(good)) writer.mark(line);
      else writer.add(line);
    }
    return writer;
  }
  writer.add('As reported:');
  for (const good of report.goods) {
    for (const year of report.years) {
      writer.add(' ');
      const text = sentence(report, good, year);
      if (isWanted(good, year)) writer.mark(text);
      else writer.add(text);
      writer.add('.');
    }
  }
  return writer;
}

const barrels = (report: Report, good: string, year: number): number =>
  report.values.get(`${good} ${year}`) ?? 0;

const row = (report: Report, good: string): string =>
  `| ${good} | ${report.years.map((year) => barrels(report, good, year)).join(' | ')} |`;

const sentence = (report: Report, good: string, year: number): string =>
  `${report.town} sold ${barrels(report, good, year)} barrels of ${good} in ${year}`;

function reasoning(
  random: Random,
  cells: readonly Cell[],
  reports: readonly Report[],
  operands: readonly number[],
  working: string,
): string {
  const turn = random.chance(0.3) ? random.int(cells.length) : -1;
  const steps = cells.map((cell, i) => {
    const report = reports[i % reports.length];
    const otherYear = report.years[0] === cell.year ? report.years[1] : report.years[0];
    const quote = (year: number): string =>
      report.isTable
        ? `The table says ${row(report, cell.good)}, in ${year} that is ${barrels(report, cell.good, year)}.`
        : `The text says ${sentence(report, cell.good, year)}.`;
    const wrong = i === turn ? ` ${quote(otherYear)} Wait, that is ${otherYear}, not ${cell.year}.` : '';
    return `${i === 0 ? 'First' : 'Next'}, find ${cell.good} in ${cell.town}.${wrong} ${quote(cell.year)}`;
  });
  return ` ${steps.join(' ')} ${operands.length > 1 ? 'Then ' : ''}${working}`;
}

/** @file The ledger: stores, debts and warehouses of a trading house. */
import { type DocumentKind, smallNumber } from '../facts';
import { GOODS, MONTHS, town } from '../names';

export const ledger: DocumentKind = {
  name: 'ledger',
  title: (random) => `Ledger of the Trading House of ${town(random)}`,
  heading: (random, index) => `Account ${index + 1}, ${random.pick(MONTHS)}`,
  openers: [
    'Entered today',
    'From the day book',
    'Checked against the old list',
    'Copied from the letters',
    'Noted by the clerk',
  ],
  leads: ['As agreed,', 'On this day,', 'According to the clerk,', 'By letter,', 'After the count,'],
  tails: [', not yet sealed', ' since the autumn', ', paid in silver', ' by contract', ', as the books show'],
  fillers: [
    'The scales were checked and found true.',
    'Two pages of this book are missing.',
    'The price of bread did not change.',
    'No goods were lost at sea this month.',
    'The clerk was ill and wrote little.',
    'All weights are given in the old measure.',
  ],
  relations: [
    {
      name: 'stock',
      object: 'number',
      cores: ['{s} holds {o} barrels', '{s} keeps {o} barrels'],
      questions: ['How many barrels does {s} hold?'],
      sums: ['How many barrels do {a} and {b} hold together?'],
      draw: smallNumber,
    },
    {
      name: 'goods',
      object: 'thing',
      cores: ['{s} trades in {o}', '{s} buys and sells {o}'],
      questions: ['What does {s} trade in?', 'Which goods does {s} sell?'],
      draw: (random) => random.pick(GOODS),
    },
    {
      name: 'partner',
      object: 'person',
      cores: ['the partner of {s} is {o}', '{s} owes money to {o}'],
      questions: ['Who is the partner of {s}?', 'To whom does {s} owe money?'],
      description: 'the partner of {s}',
    },
    {
      name: 'warehouse',
      object: 'thing',
      cores: ['the goods of {s} lie in {o}', '{s} rents a store in {o}'],
      questions: ['Where do the goods of {s} lie?', 'Where does {s} rent a store?'],
      draw: town,
    },
    {
      name: 'fee',
      object: 'number',
      cores: ['{s} paid a fee of {o} crowns'],
      questions: ['What fee in crowns did {s} pay?'],
      sums: ['How many crowns did {a} and {b} pay together?'],
      draw: smallNumber,
    },
  ],
};

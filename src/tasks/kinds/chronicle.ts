/** @file The chronicle: who lived where, served whom and paid what, years ago. */
import { type DocumentKind, smallNumber } from '../facts';
import { OBJECTS, TRADES, town } from '../names';

export const chronicle: DocumentKind = {
  name: 'chronicle',
  title: (random) => `The Chronicle of ${town(random)}`,
  heading: (random, index) => `The year ${1204 + 3 * index + random.int(2) + random.int(2)}`,
  openers: [
    'In those days',
    'That spring',
    'Before the harvest',
    'After the long winter',
    'As the old book says',
  ],
  leads: [
    'At that time,',
    'In the same year,',
    'By all accounts,',
    'It is written that',
    'Under the old law,',
  ],
  tails: [
    ', as the neighbours knew',
    ' for many years',
    ', so the monks say',
    ' until the war',
    ' at that time',
  ],
  fillers: [
    'The winter was hard and the river froze.',
    'No rain fell before the summer feast.',
    'The bridge was repaired with new stone.',
    'A great fire was seen in the north.',
    'The king sent no word that year.',
    'The market was held in the rain.',
  ],
  relations: [
    {
      name: 'home',
      object: 'thing',
      cores: ['{s} lived in {o}', '{s} had a house in {o}'],
      questions: ['Where did {s} live?', 'In which town did {s} live?'],
      draw: town,
    },
    {
      name: 'lord',
      object: 'person',
      cores: ['the lord of {s} was {o}', '{s} served {o}'],
      questions: ['Who was the lord of {s}?', 'Whom did {s} serve?'],
      description: 'the lord of {s}',
    },
    {
      name: 'tax',
      object: 'number',
      cores: ['{s} paid {o} marks'],
      questions: ['How many marks did {s} pay?'],
      sums: ['How many marks did {a} and {b} pay together?'],
      draw: smallNumber,
    },
    {
      name: 'trade',
      object: 'thing',
      cores: ['{s} worked as a {o}'],
      questions: ['What did {s} work as?', 'What was the trade of {s}?'],
      draw: (random) => random.pick(TRADES),
    },
    {
      name: 'gift',
      object: 'thing',
      cores: ['{s} gave the church a {o}'],
      questions: ['What did {s} give the church?'],
      draw: (random) => random.pick(OBJECTS),
    },
  ],
};

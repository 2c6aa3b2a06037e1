/** @file The academy's register: who teaches what, in which room, under whom. */
import { type DocumentKind, smallNumber } from '../facts';
import { MONTHS, SUBJECTS, town } from '../names';

export const academy: DocumentKind = {
  name: 'academy',
  title: (random) => `Register of the Academy of ${town(random)}`,
  heading: (_random, index) => `Term ${index + 1}`,
  openers: ['For the record', 'This term', 'In the order of the list', 'From the secretary', 'As announced'],
  leads: [
    'From this week,',
    'By vote of the council,',
    'For the time being,',
    'As in other years,',
    'On request,',
  ],
  tails: [
    ', as last year',
    ' until further notice',
    ' on most days',
    ', with great success',
    ' in the morning',
  ],
  fillers: [
    'The library is closed on feast days.',
    'New desks were bought for the hall.',
    'The bell will ring at eight.',
    'No lessons are held in August.',
    'The roof of the east wing leaks.',
    'Visitors must sign the book.',
  ],
  relations: [
    {
      name: 'subject',
      object: 'thing',
      cores: ['{s} teaches {o}', '{s} gives lessons in {o}'],
      questions: ['What does {s} teach?', 'Which subject does {s} teach?'],
      draw: (random) => random.pick(SUBJECTS),
    },
    {
      name: 'tutor',
      object: 'person',
      cores: ['the tutor of {s} is {o}', '{s} studies under {o}'],
      questions: ['Who is the tutor of {s}?', 'Under whom does {s} study?'],
      description: 'the tutor of {s}',
    },
    {
      name: 'origin',
      object: 'thing',
      cores: ['{s} comes from {o}', '{s} was born in {o}'],
      questions: ['Where does {s} come from?', 'Where was {s} born?'],
      draw: town,
    },
    {
      name: 'books',
      object: 'number',
      cores: ['{s} wrote {o} books'],
      questions: ['How many books did {s} write?'],
      sums: ['How many books did {a} and {b} write together?'],
      draw: smallNumber,
    },
    {
      name: 'month',
      object: 'thing',
      cores: ['{s} arrived in {o}'],
      questions: ['In which month did {s} arrive?'],
      draw: (random) => random.pick(MONTHS),
    },
  ],
};

/** @file The case file: witnesses, what they carried, where and with whom they were seen. */
import { type DocumentKind, smallNumber } from '../facts';
import { COLOURS, OBJECTS, town } from '../names';

export const caseFile: DocumentKind = {
  name: 'case-file',
  title: (random) => `The Case of the Stolen ${random.pick(OBJECTS)} of ${town(random)}`,
  heading: (_random, index) => `Statement ${index + 1}`,
  openers: [
    'The witness said',
    'Under oath it was said',
    'The constable wrote',
    'From the second hearing',
    'The porter recalled',
  ],
  leads: [
    'That night,',
    'According to the report,',
    'It was said that',
    'To the best of my memory,',
    'Before midnight,',
  ],
  tails: [
    ', the porter said',
    ' on the night in question',
    ', and nobody denied it',
    ' shortly before ten',
    ', as two others saw',
  ],
  fillers: [
    'The door had not been forced.',
    'Nobody heard a sound in the house.',
    'The lamp in the hall was still burning.',
    'The judge asked for silence.',
    'There were wet steps on the stair.',
    'The letter was never found.',
  ],
  relations: [
    {
      name: 'seen',
      object: 'thing',
      cores: ['{s} was seen in {o}', '{s} spent the evening in {o}'],
      questions: ['Where was {s} seen?', 'Where did {s} spend the evening?'],
      draw: town,
    },
    {
      name: 'carried',
      object: 'thing',
      cores: ['{s} carried a {o}', '{s} was holding a {o}'],
      questions: ['What did {s} carry?', 'What was {s} holding?'],
      draw: (random) => random.pick(OBJECTS),
    },
    {
      name: 'alibi',
      object: 'person',
      cores: ['the alibi of {s} was {o}', '{s} came with {o}'],
      questions: ['Who was the alibi of {s}?', 'With whom did {s} come?'],
      description: 'the alibi of {s}',
    },
    {
      name: 'coat',
      object: 'thing',
      cores: ['{s} wore a {o} coat'],
      questions: ['What colour of coat did {s} wear?'],
      draw: (random) => random.pick(COLOURS),
    },
    {
      name: 'coins',
      object: 'number',
      cores: ['{s} had {o} coins'],
      questions: ['How many coins did {s} have?'],
      sums: ['How many coins did {a} and {b} have together?'],
      draw: smallNumber,
    },
  ],
};

/** @file The voyage log: ships' officers, their ships, ports and cargo. */
import { type DocumentKind, smallNumber } from '../facts';
import { GOODS, SHIP_WORDS, town } from '../names';

export const voyage: DocumentKind = {
  name: 'voyage',
  title: (random) => `Voyages of the Fleet of ${town(random)}`,
  heading: (random, index) => `Day ${index + 1}, wind ${random.pick(['north', 'south', 'east', 'west'])}`,
  openers: ['From the log', 'At first light', 'Signal received', 'After the storm', 'By the last post'],
  leads: ['With the tide,', 'This morning,', 'As ordered,', 'By signal,', 'In fair wind,'],
  tails: [
    ', all hands well',
    ' in heavy seas',
    ' before the new moon',
    ', wind permitting',
    ' under a clear sky',
  ],
  fillers: [
    'The sea was calm all day.',
    'One sail was torn and has been mended.',
    'The water is good and the bread is dry.',
    'We saw no land before evening.',
    'The glass fell and the wind rose.',
    'Two whales were seen to the west.',
  ],
  relations: [
    {
      name: 'port',
      object: 'thing',
      cores: ['{s} sails to {o}', '{s} is bound for {o}'],
      questions: ['Where does {s} sail to?', 'For which port is {s} bound?'],
      draw: town,
    },
    {
      name: 'ship',
      object: 'thing',
      cores: ['{s} commands the {o}', 'the ship of {s} is the {o}'],
      questions: ['Which ship does {s} command?', 'What is the ship of {s}?'],
      draw: (random) => random.pick(SHIP_WORDS),
    },
    {
      name: 'mate',
      object: 'person',
      cores: ['the mate of {s} is {o}', '{s} takes orders from {o}'],
      questions: ['Who is the mate of {s}?', 'From whom does {s} take orders?'],
      description: 'the mate of {s}',
    },
    {
      name: 'crew',
      object: 'number',
      cores: ['{s} leads {o} men', '{s} has {o} men aboard'],
      questions: ['How many men does {s} lead?'],
      sums: ['How many men do {a} and {b} lead together?'],
      draw: smallNumber,
    },
    {
      name: 'cargo',
      object: 'thing',
      cores: ['{s} loaded {o}'],
      questions: ['What did {s} load?'],
      draw: (random) => random.pick(GOODS),
    },
  ],
};

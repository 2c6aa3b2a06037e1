/**
 * @file The thesaurus: other names of one thing, other words for one meaning. It cannot be worked out and has to be known,
 * so the judge looks it up (`src/run/judge/meanings.ts`) and pairs are made from it.
 */
import { CONTAINERS, DEEDS, HIDEOUTS, MISHAPS, THINGS } from '../families/paraphrases';
import { lines } from './words';

const groups = (table: string): readonly string[][] =>
  lines(table).map((line) => line.split('|').map((entry) => entry.trim()));

export const ALIASES = groups(`
  United States | USA | US | U.S. | U.S.A. | America | United States of America
  United Kingdom | UK | U.K. | Great Britain | Britain
  United Arab Emirates | UAE | U.A.E.
  European Union | EU | E.U.
  United Nations | UN | U.N.
  Soviet Union | USSR | U.S.S.R.
  Netherlands | Holland
  Czech Republic | Czechia
  Myanmar | Burma
  Iran | Persia
  Sri Lanka | Ceylon
  Thailand | Siam
  Ivory Coast | Côte d'Ivoire
  Istanbul | Constantinople
  Saint Petersburg | St. Petersburg | Leningrad
  Mumbai | Bombay
  Beijing | Peking
  New York City | NYC | New York
  Los Angeles | LA | L.A.
  Washington, D.C. | Washington DC | Washington
  Munich | München
  Vienna | Wien
  Mount Everest | Mt. Everest | Everest
  Saint Louis | St. Louis
  World War II | WWII | Second World War | World War 2 | WW2
  World War I | WWI | First World War | World War 1 | the Great War
  Television | TV
  Doctor | Dr.
  Junior | Jr.
  car | automobile | motor car
  film | movie | motion picture
  aeroplane | airplane | plane | aircraft
  mobile phone | cell phone | cellphone
  maths | math | mathematics
  football | soccer
  autumn | fall
  artificial intelligence | AI | A.I.
  reinforcement learning | RL
  large language model | LLM
  supervised fine-tuning | SFT
  graphics processing unit | GPU
  central processing unit | CPU
  chief executive officer | CEO | chief executive
  Bachelor of Science | BSc | B.Sc.
  Doctor of Philosophy | PhD | Ph.D. | doctorate
  twelve noon | noon | midday | 12 noon
  a dozen | 12 | twelve
  half | 50% | fifty percent | one half
  a quarter | 25% | one fourth | one quarter
  twice | two times
  once | one time
  Germany | Federal Republic of Germany
  Russia | Russian Federation
  South Korea | Republic of Korea
  Turkey | Türkiye
  Vatican City | Holy See
  Saint Paul | St. Paul
  Kolkata | Calcutta
  Ho Chi Minh City | Saigon
  Federal Bureau of Investigation | FBI
  Central Intelligence Agency | CIA
  World Health Organization | WHO
  European Central Bank | ECB
  Massachusetts Institute of Technology | MIT
  gross domestic product | GDP
  research and development | R&D
  initial public offering | IPO
  deoxyribonucleic acid | DNA
  natural language processing | NLP
  machine learning | ML
  long short-term memory | LSTM
  convolutional neural network | CNN
  support vector machine | SVM
  Master of Science | MSc | M.Sc.
  chief financial officer | CFO
  refrigerator | fridge
  lift | elevator
  flat | apartment
  lorry | truck
  petrol | gasoline
  railway | railroad
  sea | ocean
  hospital | infirmary
  cemetery | graveyard`);

export const SYNONYMS = groups(`
  big | large | huge
  small | little | tiny
  quick | fast | rapid
  start | begin | commence
  end | finish | conclude
  buy | purchase | acquire
  sell | trade away
  angry | mad | furious
  happy | glad | joyful
  sad | unhappy | sorrowful
  rich | wealthy
  poor | needy
  sick | ill | unwell
  house | home | dwelling
  road | street | way
  boat | ship | vessel
  doctor | physician
  teacher | instructor
  lawyer | attorney
  child | kid
  job | work | occupation
  money | cash
  war | armed conflict
  help | aid | assistance
  error | mistake | fault
  answer | reply | response
  build | construct | erect
  destroy | ruin | demolish
  increase | rise | growth
  decrease | decline | drop | fall
  cheap | inexpensive
  expensive | costly | dear
  hot | very warm
  cold | chilly
  old | ancient | aged
  new | recent | modern
  fire | blaze
  flood | inundation
  storm | tempest
  murder | killing
  theft | stealing | robbery
  illness | disease | sickness
  picture | image
  stone | rock
  forest | wood | woods
  wage | pay | salary
  king | monarch
  law | statute
  begin again | restart | start again
  kill | slay
  hide | conceal
  find | discover
  repair | mend | fix
  show | display | exhibit
  choose | select | pick
  leave | depart
  arrive | get there
  allow | permit | let
  forbid | prohibit | ban
  gather | collect | assemble
  keep | retain
  try | attempt | endeavour
  need | require
  win | victory | triumph
  defeat | loss
  brave | courageous
  afraid | scared | frightened
  clever | smart | intelligent
  stupid | foolish
  beautiful | pretty | lovely
  ugly | unattractive
  strong | powerful
  weak | feeble
  wet | damp | moist
  dry | arid
  empty | vacant
  hard | difficult
  easy | simple
  strange | odd | weird
  important | significant
  dangerous | hazardous | perilous
  famous | well-known | renowned
  silent | quiet
  loud | noisy
  correct | right | accurate
  wrong | incorrect | false
  garbage | rubbish | trash
  gift | present
  thief | robber
  prison | jail | gaol
  enemy | foe
  friend | companion
  journey | trip | voyage
  island | isle
  hill | mound
  cellar | basement
  coat | jacket
  jewel | gem | gemstone
  servant | attendant
  soldier | fighter
  author | writer
  wife | spouse
  father | dad
  mother | mum | mom
  per cent | percentage
  approximately | about | roughly | around
  at once | immediately | right away
  often | frequently
  seldom | rarely
  every day | daily
  every year | yearly | annually
  on foot | walking
  by ship | by boat
  he died | he passed away
  lack of money | not enough money | too little money
  lack of time | not enough time
  because of the rain | due to the rain | owing to the rain
  because of the war | due to the war | owing to the war`);

/** Meanings that are opposed, by a word of each. */
export const OPPOSED = groups(`
  big | small
  start | end
  buy | sell
  happy | sad
  rich | poor
  build | destroy
  increase | decrease
  cheap | expensive
  hot | cold
  old | new
  lack of money | lack of time
  because of the rain | because of the war
  every day | every year
  fire | flood`);

/** Every group of entries that mean the same, the wordings of the narrative family among them. */
export const MEANINGS: readonly (readonly string[])[] = [
  ...ALIASES,
  ...SYNONYMS,
  ...[DEEDS, THINGS, MISHAPS, CONTAINERS, HIDEOUTS].flat().map(({ told, gold, also }) => [told, gold, also]),
];

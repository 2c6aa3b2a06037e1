/** @file Words of the Ablate view. */
import { whole } from './format';

export const ablateWords = {
  title: 'Ablation',
  openFolder: 'Open folder',
  openZip: 'Open zip',
  reading: 'Reading the cells…',
  what: 'One table and one figure of {GRPO, DAPO} × {no SFT, SFT} × {naive long, phased, phased + retrospective}: every cell trains with several seeds, is asked the same held-out questions before and after, and stands in a run folder of its own.',
  here: 'Train a small one in this tab',
  hereNote:
    'On the present settings and text, from the weights a run starts with. The run rests meanwhile and stays as it is. Pause stops the grid after its step; the same grid goes on from there. It lasts as long as this tab: save it.',
  recorded: 'This run is recorded: a grid needs a run that can train.',
  fields: { seeds: 'seeds', steps: 'steps a cell', questions: 'questions a length' },
  train: (cells: number) => `Train ${whole(cells)} cells`,
  about: (minutes: number) =>
    minutes < 1
      ? 'about a minute, and its questions'
      : `about ${whole(Math.ceil(minutes))} minutes, and its questions, by the last steps’ time`,
  progress: (cell: number, cells: number, name: string, seed: number, step: number, steps: number) =>
    `cell ${cell} of ${cells}: ${name}, seed ${seed}, step ${step} of ${steps}`,
  begins: 'waiting for the step in flight …',
  stop: 'Stop after this step',
  save: 'ablation.zip',
  make: 'Make one with the present settings, in Node',
  makeNote:
    'It trains all cells one after the other and goes on where it was stopped. Then open its folder here; nothing leaves this tab.',
  ownText: 'The questions of an opened text need its file: put its path in the place of',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Could not copy: select the text instead.',
  counts: (finished: number, all: number, seeds: readonly number[]) =>
    `${whole(finished)} of ${whole(all)} cells finished, seeds ${seeds.join(', ')}`,
  rest: 'The table has the finished cells; the same command goes on with the others.',
  table: 'Macro average over suites of max(rule, judge) on held-out questions',
  tableNote: (seeds: number) =>
    seeds > 1
      ? 'mean over seeds with its 95 % interval'
      : 'one seed: no interval, and nothing said of others',
  columns: {
    cell: 'cell',
    seeds: 'seeds',
    steps: 'steps',
    before: 'before',
    after: 'after',
    rise: 'rise',
    bucket: (tokens: number) => `after, ≤ ${whole(tokens)} tokens`,
  },
  differences: (tokens: number) => `Differences seed by seed after training, ≤ ${whole(tokens)} tokens`,
  differenceColumns: { levels: 'levels', rest: 'all else', seeds: 'seeds', difference: 'difference' },
  against: (to: string, from: string) => `${to} against ${from}`,
  absent: (levels: readonly string[]) =>
    `Not in this grid, as its settings name no such stages: ${levels.join('; ')}.`,
  noneFinished: 'No cell is finished yet.',
  figure: 'Curves of the cells',
  figureAlt: (cells: readonly string[]) =>
    `Reward, held-out score, entropy and response length by training step, a curve for each of: ${cells.join('; ')}. Bands reach from the lowest to the highest seed.`,
  saveFigure: 'figure.svg',
  saveTable: 'table.md',
} as const;

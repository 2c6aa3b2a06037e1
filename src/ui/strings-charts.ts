/** @file Words of charts: what they say at a place, and the files they leave in. */
import type { StepPlace } from './state/pick-step';

export const chartWords = {
  tip: (step: number, value: string, smoothed: string) =>
    `step ${step} · value ${value} · smoothed ${smoothed}`,
  goThere: 'Click or Enter: its answers',
  /** What Play has of a step, by where its answers are read. */
  there: {
    here: 'Click or Enter: its answers',
    lab: 'Click or Enter: its answers, in the Lab',
    nowhere: '',
  } satisfies Record<StepPlace, string>,
  kept: (groups: number) => `${groups} ${groups === 1 ? 'group' : 'groups'} kept.`,
  zoomable: (name: string) => `${name} by step; arrow keys read values, + and − zoom, 0 shows all`,
  menu: (name: string) => `Table and files of ${name}: CSV, PNG, SVG`,
  fileTitle: (kind: FileKind) => files[kind],
  origin: {
    replay: (day: string) => `REPLAY of a run recorded ${day}`,
    run: (name: string, id: string) => `run ${name}${id === '' || id === name ? '' : ` (${id})`}`,
    settings: (preset: string, seed: number) => `preset ${preset}, seed ${seed}`,
    adapter: (adapter: string) =>
      adapter === ''
        ? 'adapter unknown'
        : `adapter ${adapter}${adapter.startsWith('software') ? '; its speed is no performance figure' : ''}`,
    begun: (day: string) => `begun ${day}`,
    bands: 'shaded: from the lowest to the highest of the stored seeds of each run’s settings',
    saved: (day: string) => `saved ${day} by Longview`,
  },
  smoothed: 'smoothed',
  smoothedOf: (weight: string) => `smoothed ${weight}`,
  token: 'token',
  byToken: (name: string) => `${name} by token`,
  tokenColumns: (name: string) => ['token', 'text', name],
  tokenAt: (value: string, token: number, text: string) => `${value} at token ${token} “${text}”`,
  tokens: (name: string, count: number, low: string, high: string) =>
    `${name} of ${count} tokens: lowest ${low}, highest ${high}.`,
  noValues: (name: string) => `${name}: no values yet.`,
  clipColumns: ['ratio', 'advantage', 'objective ÷ |A|', 'clipped'],
  clipped: 'clipped',
  lowest: 'lowest',
  highest: 'highest',
};

const files = {
  csv: 'All numbers, with run, seed, adapter and date above them',
  png: 'The picture, with run, seed, adapter and date below it',
  svg: 'The picture as lines, with run, seed, adapter and date below it',
};

export type FileKind = keyof typeof files;

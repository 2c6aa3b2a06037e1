/** @file What the document reader shows besides the text: heat layers, the search, and the place a person asked for. */
import { create } from 'zustand';
import type { Span } from '../../tasks/types';

export interface ReaderState {
  evidence: boolean;
  cited: boolean;
  /** Costs a forward pass, so it is off until someone asks. */
  attention: boolean;
  /** null = the search is closed. */
  query: string | null;
  /** Counts openings, so that the field takes the focus again. */
  opened: number;
  /** Place in the list of hits. */
  hit: number;
  /** Character a person asked for; null = where the question's evidence is. */
  place: number | null;
  /** Counts requests, so that the same place can be asked for again. */
  asked: number;
}

export const useReader = create<ReaderState>()(() => ({
  evidence: true,
  cited: true,
  attention: false,
  query: null,
  opened: 0,
  hit: 0,
  place: null,
  asked: 0,
}));

const { getState, setState } = useReader;

export function goTo(place: number | null): void {
  setState({ place, asked: getState().asked + 1 });
}

export function openSearch(): void {
  const { query, opened } = getState();
  setState({ query: query ?? '', opened: opened + 1 });
}

export function closeSearch(): void {
  setState({ query: null, hit: 0 });
}

export type ReaderLayer = 'evidence' | 'cited' | 'attention';

/** In turn: both layers that cost nothing, each alone, attention alone, none. */
const rounds: readonly (readonly ReaderLayer[])[] = [
  ['evidence', 'cited'],
  ['evidence'],
  ['cited'],
  ['attention'],
  [],
];

/** The next of the rounds; the first from any other choice. */
export function nextLayers(): void {
  const state = getState();
  const layers: readonly ReaderLayer[] = ['evidence', 'cited', 'attention'];
  const at = rounds.findIndex((round) => layers.every((layer) => state[layer] === round.includes(layer)));
  const round = rounds[(at + 1) % rounds.length];
  setState(Object.fromEntries(layers.map((layer) => [layer, round.includes(layer)])));
}

/** What the shown text has to walk through; the reader keeps it current. */
let spots: { evidence: readonly Span[]; all: readonly Span[] } = { evidence: [], all: [] };

export function setSpots(evidence: readonly Span[], all: readonly Span[]): void {
  spots = { evidence, all };
}

/** To the next or previous evidence, or hot spot of any layer, round the ends. */
export function nextSpot(of: 'evidence' | 'all', by: 1 | -1): void {
  const list = spots[of];
  const next = spotAfter(list, getState().place, by);
  if (next !== null) goTo(next);
}

/** Start of the range after (or before) a place; the first (last) one from no place or past the ends; null in an empty list. */
export function spotAfter(list: readonly Span[], place: number | null, by: 1 | -1): number | null {
  if (list.length === 0) return null;
  const ordered = by === 1 ? list : [...list].reverse();
  const further = place === null ? undefined : ordered.find(({ start }) => (start - place) * by > 0);
  return (further ?? ordered[0]).start;
}

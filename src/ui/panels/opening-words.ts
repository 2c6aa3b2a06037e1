/** @file How far opening is, in words with real counts. */
import type { OpeningView } from '../state/model';
import { strings } from '../strings';

export function openingWords(opening: OpeningView | null): string {
  const words = strings.opening;
  if (!opening) return words.probe;
  switch (opening.message) {
    case 'adapter':
      return words.adapter;
    case 'checkpoint':
      return words.checkpoint(opening.ready, opening.total);
    case 'recording':
      return words.recording;
    case 'kernels':
      return words.kernels(opening.ready, opening.total);
    default:
      return opening.message satisfies never;
  }
}

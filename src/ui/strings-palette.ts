/** @file Words of the command palette. */
import type { LabView } from './state/link';
import { labStrings } from './strings-lab';

export const paletteWords = {
  title: 'Commands',
  close: 'Close commands',
  field: 'Type what you want to do',
  list: 'Commands found',
  none: 'Nothing by this name.',
  play: 'go to Play',
  views: labStrings.views.names as Record<LabView, string>,
  view: (name: string) => `go to ${name}, in the Lab`,
  density: 'change density: roomy or compact rows',
  judge: 'reward and judge',
  failedStep: 'inspect the step that failed',
  preset: (name: string) => `new run with preset ${name}`,
  setting: (label: string) => `set ${label}`,
};

/** @file Words of the stored runs: list, offer to resume, fork, import. */
import { bytes, fixed, whole } from './format';

export const runStrings = {
  button: 'Runs',
  buttonTitle: 'Stored runs: resume, fork, rename, download, delete, import',
  title: 'Runs',
  close: 'Close the list of runs',
  empty:
    'No stored runs yet. A run is stored from its first step on; or bring one in as a zip or a run folder.',
  none: 'This browser keeps no files for the page: runs end with the tab. Download what you want to keep.',
  loading: 'Reading the stored runs…',
  columns: {
    name: 'name',
    preset: 'preset',
    steps: 'steps',
    reward: 'reward',
    changed: 'last step',
    size: 'size',
    actions: 'actions',
  },
  rewardTitle: 'Mean reward of the last ten steps',
  here: 'open here',
  elsewhere: 'open in another tab',
  forkedFrom: (name: string, step: number) => `fork of ${name} at step ${step}`,
  software: 'SOFTWARE',
  resume: (step: number) => `Resume step ${step}`,
  noCheckpoint: 'no checkpoint: can be read and downloaded, not resumed',
  fork: 'Fork…',
  rename: 'Rename',
  download: 'Download',
  remove: 'Delete',
  more: (name: string) => `Actions for ${name}`,
  removeAsk: (name: string, steps: number) =>
    `Delete “${name}” with its ${whole(steps)} steps? It cannot be brought back.`,
  removeYes: 'Delete for good',
  removeNo: 'Keep it',
  renameLabel: 'New name',
  renameYes: 'Save name',
  cancel: 'Cancel',
  importZip: 'Import zip',
  importFolder: 'Import folder',
  importing: (name: string) => `Reading ${name}…`,
  imported: (name: string, files: number, leftOut: number) =>
    `“${name}” is in: ${whole(files)} files${leftOut > 0 ? `, ${whole(leftOut)} that belong to no run left out` : ''}.`,
  removed: (name: string) => `“${name}” is deleted.`,
  usage: (used: number, quota: number | null) =>
    quota === null ? `${bytes(used)} in use` : `${bytes(used)} in use of ${bytes(quota)}`,
  evictable: 'The browser may delete runs when the disk is low.',
  keep: 'Keep my runs',
  kept: 'The browser keeps these runs until you delete them.',
  keepRefused:
    'The browser did not promise it. Download what must not be lost, or bookmark this page and ask again.',
  offer: {
    resume: (step: number) => `Resume step ${step}`,
    of: (name: string, step: number) => `Resume step ${step} of ${name}`,
    fresh: 'Start a new run',
    waits: (name: string) => `“${name}” stands where it was; nothing is lost.`,
    other: (name: string, reward: number | null) =>
      `A stored run waits: “${name}”, reward ${fixed(reward)}. This link asks for other settings.`,
  },
  forkForm: {
    title: (name: string) => `Fork “${name}”`,
    step: 'at step',
    what: 'What will differ?',
    nothing: 'nothing',
    value: 'new value',
    now: (value: string) => `now ${value}`,
    start: 'Fork',
    help: 'A new run from that checkpoint: same weights, optimiser state and questions. The old run stays as it is.',
  },
};

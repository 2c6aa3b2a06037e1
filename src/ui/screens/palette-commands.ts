/** @file What the command palette offers: the page's keys by their words, views, presets and settings; and which match. */
import { settings } from '../../run/config';
import { type PresetName, presets } from '../../run/presets';
import { nextDensity } from '../density';
import { inspectFailedStep } from '../state/failed-step';
import { goKeys } from '../state/go-to';
import { showJudgeDialog } from '../state/judge-dialog';
import { keyLabel } from '../state/key-map';
import { labViews } from '../state/link';
import { navigate } from '../state/link-sync';
import { askPreset } from '../state/new-run';
import { showSettings } from '../state/windows';
import { keyStrings } from '../strings-keys';
import { paletteWords as words } from '../strings-palette';
import { actions } from './keys';

export interface Command {
  label: string;
  /** Key that does the same, or the name of what it is about. */
  detail: string;
  run(): void;
}

/** Everything that can be asked for by name. @param hidden parts of the page that `?hide=` took away. */
export function commands(hidden: readonly string[], isReplay: boolean): Command[] {
  const shown = <T extends string>(names: readonly T[]) => names.filter((name) => !hidden.includes(name));
  const keys = keyStrings.scopes.flatMap(({ names }) =>
    names.flatMap((name) => {
      const run = actions[name];
      return run && name !== 'up' ? [{ label: keyStrings.does[name], detail: keyLabel(name), run }] : [];
    }),
  );
  const views = hidden.includes('level')
    ? []
    : [
        { label: words.play, detail: '', run: () => navigate({ level: 'play' }) },
        ...shown(labViews).map((view) => ({
          label: words.view(words.views[view]),
          detail: `g ${goKeys[view]}`,
          run: () => navigate({ level: 'lab', view }),
        })),
      ];
  const ofRun = isReplay
    ? []
    : [
        { label: words.failedStep, detail: '', run: () => void inspectFailedStep() },
        ...(hidden.includes('judge')
          ? []
          : [{ label: words.judge, detail: '', run: () => showJudgeDialog(true) }]),
        ...(hidden.includes('preset') ? [] : (Object.keys(presets) as PresetName[])).map((name) => ({
          label: words.preset(name),
          detail: '',
          run: () => askPreset(name),
        })),
      ];
  const controls = hidden.includes('settings')
    ? []
    : settings.map(({ key, label }) => ({
        label: words.setting(label),
        detail: key,
        run: () => showSettings(key),
      }));
  const looks = [{ label: words.density, detail: '', run: nextDensity }];
  return [...keys, ...views, ...looks, ...ofRun, ...controls];
}

/** Those that hold every word of the query, in label or detail. */
export function matchingCommands(all: readonly Command[], query: string): Command[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ label, detail }) => {
    const text = `${label} ${detail}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

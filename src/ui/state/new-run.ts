/** @file Asking before a run ends: what needs a new run waits here for the person's word. */
import { create } from 'zustand';
import {
  differenceFromPreset,
  makeConfig,
  type RunConfig,
  type SettingKey,
  type SettingValue,
  settingOf,
} from '../../run/config';
import type { PresetName } from '../../run/presets';
import { strings } from '../strings';
import { openRun } from './boot';
import { report, reset, seek } from './commands';
import { effectiveConfig } from './model';
import { getUi } from './store';

interface Asked {
  text: string;
  proceed(): void;
}

/** The open question, or none. */
export const useAsked = create<{ asked: Asked | null }>()(() => ({ asked: null }));

const words = strings.newRun;

export function askReset(): void {
  const { step, state, recording } = getUi();
  if (state === 'none' || state === 'opening') return;
  // Nothing is lost by it.
  if (recording) {
    seek(0).catch(report);
    return;
  }
  ask(words.reset(step), state === 'failed' ? () => openRun(effectiveConfig(getUi())) : reset);
}

export function askPreset(preset: PresetName): void {
  const { step, config } = getUi();
  ask(words.change(words.preset(preset), step), () => openRun(makeConfig(preset, { seed: config.seed })));
}

export function askSeed(seed: number): void {
  const { step } = getUi();
  ask(words.change(words.seed(seed), step), () =>
    openRun({ ...effectiveConfig(getUi()), seed } satisfies RunConfig),
  );
}

/** A setting that only a new run can take: checked first, then asked. */
export function askSetting(key: SettingKey, value: SettingValue): void {
  if (key === 'preset') {
    askPreset(value as PresetName);
    return;
  }
  const { step } = getUi();
  const before = effectiveConfig(getUi());
  try {
    const config = makeConfig(before.preset, { ...differenceFromPreset(before), [key]: value });
    ask(words.change(words.setting(settingOf(key).label, value), step), () => openRun(config));
  } catch (error) {
    report(error);
  }
}

export function answer(proceed: boolean): void {
  const { asked } = useAsked.getState();
  useAsked.setState({ asked: null });
  if (proceed) asked?.proceed();
}

/** Nothing is lost at step 0: no question then. */
function ask(text: string, proceed: () => void): void {
  const { step, kept } = getUi();
  if (step === 0) proceed();
  else
    useAsked.setState({
      asked: { text: `${text} ${kept === 'memory' ? words.lost : words.keep}`, proceed },
    });
}

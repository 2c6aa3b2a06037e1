/** @file Asking before a run ends: what needs a new run waits here for the person's word. */
import { create } from 'zustand';
import type { MemoryEstimate } from '../../../workers/protocol';
import {
  differenceFromPreset,
  makeConfig,
  type RunConfig,
  type SettingKey,
  type SettingValue,
  settingOf,
} from '../../run/config';
import type { PresetName } from '../../run/presets';
import { setupStrings } from '../strings-setup';
import { openRun } from './boot';
import { estimate, report, reset, seek } from './commands';
import { effectiveConfig } from './model';
import { getUi } from './store';

interface Asked {
  text: string;
  /** What the new run would take on the GPU, once the engine has said it. */
  memory: MemoryEstimate | null;
  proceed(): void;
}

/** The open question, or none. */
export const useAsked = create<{ asked: Asked | null }>()(() => ({ asked: null }));

const words = setupStrings.newRun;

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
  const next = makeConfig(preset, { seed: config.seed });
  ask(words.change(words.preset(preset), step), () => openRun(next), next);
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
    ask(words.change(words.setting(settingOf(key).label, value), step), () => openRun(config), config);
  } catch (error) {
    report(error);
  }
}

export function answer(proceed: boolean): void {
  const { asked } = useAsked.getState();
  useAsked.setState({ asked: null });
  if (proceed) asked?.proceed();
}

/**
 * Nothing is lost at step 0: no question then.
 * @param config of the new run, where its size may be another one.
 */
function ask(text: string, proceed: () => void, config?: RunConfig): void {
  const { step, kept } = getUi();
  if (step === 0) {
    proceed();
    return;
  }
  const asked: Asked = {
    text: `${text} ${kept === 'memory' ? words.lost : words.keep}`,
    memory: null,
    proceed,
  };
  useAsked.setState({ asked });
  if (!config) return;
  void estimate(config).then((memory) => {
    if (useAsked.getState().asked === asked) useAsked.setState({ asked: { ...asked, memory } });
  });
}

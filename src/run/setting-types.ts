/**
 * @file What a setting descriptor is: one entry drives a control, its help, a flag, a URL key, a file key and validation.
 */

/** When training uses a changed value: the next optimiser step, the next rollout batch, the next stage, only in a fork. */
export type EffectClass = 'H' | 'B' | 'S' | 'F';

export type Section =
  | 'run'
  | 'objective'
  | 'optimiser'
  | 'batch'
  | 'sampling'
  | 'lengths'
  | 'reward'
  | 'task'
  | 'curriculum'
  | 'evaluation'
  | 'system';

export interface Help {
  /** What it is, one or two sentences. */
  definition: string;
  /** One formula in plain text, or null where a formula would say nothing. */
  formula: string | null;
  /** Value of the paper (arXiv 2505.17667) or of the released script, named as such; else "not published". */
  paper: string;
}

interface SettingBase {
  key: string;
  section: Section;
  label: string;
  /** Unit of the value, '' where it is a bare number. */
  unit: string;
  effect: EffectClass;
  help: Help;
}

export interface NumberSetting extends SettingBase {
  kind: 'number' | 'integer';
  min: number;
  max: number;
  /** Step of the slider and of the arrow keys; values between steps are valid. On a log scale, a factor. */
  step: number;
  scale: 'linear' | 'log';
  /** A value outside [min, max] that is valid too and switches the thing off. */
  off?: number;
}

export interface BooleanSetting extends SettingBase {
  kind: 'boolean';
}

export interface ChoiceSetting extends SettingBase {
  kind: 'choice';
  options: readonly string[];
  /** Other spellings accepted on reading, such as verl's own words. */
  aliases?: Readonly<Record<string, string>>;
}

/** A non-empty set of options, in the order of `options`; comma-separated in flags and URLs. */
export interface ChoicesSetting extends SettingBase {
  kind: 'choices';
  options: readonly string[];
}

export interface StringSetting extends SettingBase {
  kind: 'string';
  maxLength: number;
}

/** Stages of a curriculum as a line of text (stages-text.ts). */
export interface StagesSetting extends SettingBase {
  kind: 'stages';
}

export type Setting =
  | NumberSetting
  | BooleanSetting
  | ChoiceSetting
  | ChoicesSetting
  | StringSetting
  | StagesSetting;

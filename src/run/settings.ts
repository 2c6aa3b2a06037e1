/** @file The table of settings joined, and the type of a configuration derived from it. */
import { curriculumSettings } from './settings-curriculum';
import { dataSettings } from './settings-data';
import { learningSettings } from './settings-learning';
import { samplingSettings } from './settings-sampling';
import { variantSettings } from './settings-variants';
import { warmupSettings } from './settings-warmup';

/** Every setting, in the order they are shown. */
export const settings = [
  ...learningSettings,
  ...variantSettings,
  ...samplingSettings,
  ...curriculumSettings,
  ...warmupSettings,
  ...dataSettings,
] as const;

type Descriptor = (typeof settings)[number];
export type SettingKey = Descriptor['key'];

type ValueOf<D> = D extends { kind: 'number' | 'integer' }
  ? number
  : D extends { kind: 'boolean' }
    ? boolean
    : D extends { kind: 'choice'; options: readonly (infer O)[] }
      ? O
      : D extends { kind: 'choices'; options: readonly (infer O)[] }
        ? readonly O[]
        : string;

/** Every setting of a run by its name in files, URLs and flags. */
export type RunConfig = { [D in Descriptor as D['key']]: ValueOf<D> };

export type SettingValue = RunConfig[SettingKey];

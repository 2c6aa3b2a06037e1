/** @file What a launch script is made of: the stages it is written for, its entries, and what is not carried over. */
import { stageNumber } from '../../rl/curriculum';
import type { RunConfig, SettingKey } from '../settings';
import { settings } from '../settings';
import { parseStages } from '../stages-text';
import { type Entry, type LaunchTarget, type Loss, settingKeys } from './setting-keys';

/** The versions that the scripts are written for. */
export const targetNames: Readonly<Record<LaunchTarget, string>> = {
  verl: 'verl 0.7.0 with recipe/dapo',
  qwenlong: 'the verl of QwenLong-L1 (38d0806)',
  trl: 'TRL 1.13.0',
};

/** One script: a stage of the curriculum, or the whole run where there is none. */
export interface LaunchStage {
  /** From 1. */
  number: number;
  of: number;
  name: string | null;
  /** Batches; null where the settings do not say. */
  steps: number | null;
  /** The settings of this stage: its longest prompt in place of the run's. */
  config: RunConfig;
  /** File name without its ending, also of its questions. */
  stem: string;
}

/** The stages that are reinforced; warm-up has no script. */
export function launchStages(config: RunConfig): LaunchStage[] {
  const stages = parseStages(config.curriculum);
  const reinforced = stages.flatMap((stage, index) => (stage.kind === 'rl' ? [{ stage, index }] : []));
  if (reinforced.length === 0) return [{ number: 1, of: 1, name: null, steps: null, config, stem: 'train' }];
  return reinforced.map(({ stage, index }) => {
    const number = stageNumber(stages, index);
    return {
      number,
      of: reinforced.length,
      name: stage.name,
      steps: stage.stop.steps,
      config: { ...config, max_prompt_length: stage.maxTokens },
      stem: `stage-${number}`,
    };
  });
}

export interface NotCarried {
  setting: SettingKey;
  reason: string;
}

/** What the settings become in a target, in the order of the schema. */
export function transfer(
  config: RunConfig,
  target: LaunchTarget,
): { entries: (Entry & { setting: SettingKey })[]; losses: NotCarried[] } {
  const found = settings.flatMap(({ key }) =>
    outcomes(key, config, target).map((each) => ({ setting: key, ...each })),
  );
  return {
    entries: found.flatMap((each) =>
      'key' in each ? [{ setting: each.setting, key: each.key, value: each.value }] : [],
    ),
    losses: found.flatMap((each) => ('lost' in each ? [{ setting: each.setting, reason: each.lost }] : [])),
  };
}

function outcomes<K extends SettingKey>(
  key: K,
  config: RunConfig,
  target: LaunchTarget,
): readonly (Entry | Loss)[] {
  const row = settingKeys[key];
  const rule = target === 'trl' ? row.trl : target === 'qwenlong' ? (row.qwenlong ?? row.verl) : row.verl;
  return rule(config[key], config);
}

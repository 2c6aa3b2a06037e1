/** @file The files that launch a run elsewhere: one script a stage, and the reward where the target has none. */
import type { RunConfig } from '../settings';
import { launchStages, type NotCarried, transfer } from './plan';
import { rewardFile } from './reward-python';
import type { LaunchTarget } from './setting-keys';
import { trlScript } from './trl-script';
import { verlScript } from './verl-script';

export interface LaunchFile {
  name: string;
  text: string;
}

export interface Launch {
  files: LaunchFile[];
  /** What the target cannot do, or does in another way; the scripts say the same. */
  losses: NotCarried[];
}

/** @param title of the document or data set, for a comment. */
export function launchFiles(config: RunConfig, target: LaunchTarget, title: string | null): Launch {
  const scripts = launchStages(config).map(
    (stage): LaunchFile =>
      target === 'trl'
        ? { name: `${stage.stem}.py`, text: trlScript(stage, title) }
        : { name: `${stage.stem}.sh`, text: verlScript(stage, target, title) },
  );
  const reward = target === 'verl' ? [{ name: 'reward.py', text: rewardFile }] : [];
  return { files: [...scripts, ...reward], losses: transfer(config, target).losses };
}

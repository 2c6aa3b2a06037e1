/** @file The ablation grid: every axis and level as a difference of settings, in one table. */
import { differenceFromPreset, makeConfig } from './config';
import type { RunConfig } from './settings';

export interface AblationLevel {
  name: string;
  /** What the level changes; null where no setting says it, which leaves its cells out of the grid. */
  settings: Partial<RunConfig> | null;
}

export interface AblationAxis {
  name: string;
  levels: readonly AblationLevel[];
}

/** The axes of the paper's ablation (section 4.2, figure 5a). */
export const ablationAxes: readonly AblationAxis[] = [
  {
    name: 'objective',
    levels: [
      {
        // Eq. 4–5 without KL: mean over answers of token means, symmetric clip, every group is learned from.
        name: 'GRPO',
        settings: {
          loss_agg_mode: 'seq-mean-token-mean',
          clip_ratio_low: 0.2,
          clip_ratio_high: 0.2,
          'filter_groups.enable': false,
          'overlong_buffer.enable': false,
          kl_loss_coef: 0,
        },
      },
      {
        // Eq. 6–8: mean over tokens, clip-higher, dynamic sampling, overlong ramp.
        name: 'DAPO',
        settings: {
          loss_agg_mode: 'token-mean',
          clip_ratio_low: 0.2,
          clip_ratio_high: 0.28,
          'filter_groups.enable': true,
          'overlong_buffer.enable': true,
          kl_loss_coef: 0,
        },
      },
    ],
  },
  {
    name: 'start',
    levels: [
      { name: 'SFT', settings: {} },
      { name: 'no SFT', settings: null },
    ],
  },
  {
    name: 'curriculum',
    levels: [
      { name: 'naive long', settings: {} },
      { name: 'phased', settings: null },
      { name: 'phased + retrospective', settings: null },
    ],
  },
];

export interface AblationCell {
  /** Names of its levels, one an axis. */
  levels: readonly string[];
  seed: number;
  config: RunConfig;
  /** Name of its run folder. */
  folder: string;
}

export interface AblationGrid {
  cells: AblationCell[];
  /** Levels that no setting says, and whose cells are therefore not there. */
  absent: string[];
}

/**
 * All cells of the axes on top of `base`, level by level with the last axis fastest, each with every seed.
 * @throws CodedError `config.*` where a level does not go together with `base`.
 */
export function ablationGrid(
  base: RunConfig,
  seeds: readonly number[],
  axes: readonly AblationAxis[] = ablationAxes,
): AblationGrid {
  let combinations: { levels: string[]; settings: Partial<RunConfig> }[] = [{ levels: [], settings: {} }];
  for (const axis of axes) {
    combinations = combinations.flatMap(({ levels, settings }) =>
      axis.levels.flatMap((level) =>
        level.settings === null
          ? []
          : [{ levels: [...levels, level.name], settings: { ...settings, ...level.settings } }],
      ),
    );
  }
  const cells = combinations.flatMap(({ levels, settings }) =>
    seeds.map((seed) => ({
      levels,
      seed,
      config: makeConfig(base.preset, { ...differenceFromPreset(base), ...settings, seed }),
      folder: `${levels.map(fileName).join('-')}-seed_${seed}`,
    })),
  );
  const absent = axes.flatMap(({ levels }) =>
    levels.filter(({ settings }) => settings === null).map(({ name }) => name),
  );
  return { cells, absent };
}

/** `GRPO, SFT, naive long`: what the seeds of a cell share. */
export function cellName({ levels }: Pick<AblationCell, 'levels'>): string {
  return levels.join(', ');
}

function fileName(level: string): string {
  return level
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

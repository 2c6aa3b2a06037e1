/**
 * @file The ablation grid: every axis and level as a difference of settings, in one table. Stages are those of the settings
 * it stands on: a level takes warm-up out, makes one long stage of all, or takes retrospective sampling out.
 */
import { differenceFromPreset, makeConfig } from './config';
import { presets } from './presets';
import type { RunConfig } from './settings';
import { formatStages, hasWarmup, parseStages, stageSteps, withoutWarmup } from './stages-text';

export interface AblationLevel {
  name: string;
  /** What the level changes; null where the settings it stands on leave nothing to compare, which leaves its cells out. */
  settings(base: RunConfig): Partial<RunConfig> | null;
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
        settings: () => ({
          loss_agg_mode: 'seq-mean-token-mean',
          clip_ratio_low: 0.2,
          clip_ratio_high: 0.2,
          'filter_groups.enable': false,
          'overlong_buffer.enable': false,
          kl_loss_coef: 0,
        }),
      },
      {
        // Eq. 6–8: mean over tokens, clip-higher, dynamic sampling, overlong ramp.
        name: 'DAPO',
        settings: () => ({
          loss_agg_mode: 'token-mean',
          clip_ratio_low: 0.2,
          clip_ratio_high: 0.28,
          'filter_groups.enable': true,
          'overlong_buffer.enable': true,
          kl_loss_coef: 0,
        }),
      },
    ],
  },
  {
    name: 'start',
    levels: [
      { name: 'no SFT', settings: ({ curriculum }) => ({ curriculum: withoutWarmup(curriculum) }) },
      { name: 'SFT', settings: ({ curriculum }) => (hasWarmup(curriculum) ? {} : null) },
    ],
  },
  {
    name: 'curriculum',
    levels: [
      { name: 'naive long', settings: naiveLong },
      { name: 'phased', settings: phased },
      { name: 'phased + retrospective', settings: phasedWithPool },
    ],
  },
];

/** One stage of all lengths, for as many steps as the stages together. */
function naiveLong({ curriculum }: RunConfig): Partial<RunConfig> {
  const stages = parseStages(curriculum);
  const rl = stages.filter(({ kind }) => kind === 'rl');
  const last = rl.at(-1);
  if (!last) return {};
  const steps = rl.map(({ stop }) => stop.steps);
  const one = {
    ...last,
    name: 'stage 1',
    share: null,
    stop: { ...last.stop, steps: steps.reduce((sum, n) => (sum === null || n === null ? null : sum + n)) },
  };
  return {
    curriculum: formatStages([...stages.filter(({ kind }) => kind === 'sft'), one]),
    'pool.rule': 'off',
  };
}

function phased({ curriculum }: RunConfig): Partial<RunConfig> | null {
  const stages = parseStages(curriculum);
  if (stages.filter(({ kind }) => kind === 'rl').length < 2) return null;
  return {
    curriculum: formatStages(stages.map((stage) => ({ ...stage, share: null }))),
    'pool.rule': 'off',
  };
}

function phasedWithPool(base: RunConfig): Partial<RunConfig> | null {
  if (phased(base) === null) return null;
  const own = base['pool.rule'] === 'off' ? presets[base.preset]['pool.rule'] : base['pool.rule'];
  return { 'pool.rule': own === 'off' ? 'zero-accuracy' : own };
}

export interface AblationCell {
  /** Names of its levels, one an axis. */
  levels: readonly string[];
  seed: number;
  config: RunConfig;
  /** Training steps, warm-up included. */
  steps: number;
  /** Name of its run folder. */
  folder: string;
}

export interface AblationGrid {
  cells: AblationCell[];
  /** Levels that differ in nothing here, and whose cells are therefore not there. */
  absent: string[];
}

/** Steps of a cell whose stages do not say how many they take. */
const usualSteps = 40;

/**
 * All cells of the axes on top of `base`, level by level with the last axis fastest, each with every seed.
 * @param steps of a cell at most, warm-up included; null = those of its stages.
 * @throws CodedError `config.*` where a level does not go together with `base`.
 */
export function ablationGrid(
  base: RunConfig,
  seeds: readonly number[],
  steps: number | null = null,
  axes: readonly AblationAxis[] = ablationAxes,
): AblationGrid {
  const absent = new Set<string>();
  let combinations: { levels: string[]; config: RunConfig }[] = [{ levels: [], config: base }];
  for (const axis of axes) {
    combinations = combinations.flatMap(({ levels, config }) =>
      axis.levels.flatMap((level) => {
        const settings = level.settings(config);
        if (settings === null) absent.add(level.name);
        return settings === null
          ? []
          : [{ levels: [...levels, level.name], config: { ...config, ...settings } }];
      }),
    );
  }
  const cells = combinations.flatMap(({ levels, config }) => {
    const own = stageSteps(config.curriculum) ?? steps ?? usualSteps;
    return seeds.map((seed) => ({
      levels,
      seed,
      config: makeConfig(base.preset, { ...differenceFromPreset(config), seed }),
      steps: Math.min(own, steps ?? own),
      folder: `${levels.map(fileName).join('-')}-seed_${seed}`,
    }));
  });
  return { cells, absent: [...absent] };
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

/** @file The training loop's state as a checkpoint keeps it, and back. */
import { stageStart } from '../rl/curriculum';
import type { TrainerState } from '../rl/trainer';
import type { TrainerStateFile } from './checkpoint';
import type { RunConfig } from './settings';
import { noStages } from './stages-text';

export function toStateFile(
  { step, nextItem, curriculum, pool, warmup, aepoActive }: TrainerState,
  config: RunConfig,
  optimizerUpdates: number,
): TrainerStateFile {
  return {
    global_step: step,
    next_item: nextItem,
    ...(aepoActive && { aepo_active: true }),
    ...(warmup.steps > 0 && { warmup }),
    optimizer_updates: optimizerUpdates,
    seed: config.seed,
    // Without stages there is nothing to know.
    ...(config.curriculum !== noStages && {
      curriculum: { stages: config.curriculum, ...curriculum },
      pool: [...pool],
    }),
  };
}

/** The state, and the stages the run had, as one line. */
export function fromStateFile(file: TrainerStateFile): { state: TrainerState; stages: string } {
  const { stages, ...curriculum } = file.curriculum ?? { stages: noStages, ...stageStart() };
  return {
    stages,
    state: {
      step: file.global_step,
      nextItem: file.next_item,
      curriculum,
      pool: file.pool ?? [],
      warmup: file.warmup ?? { steps: 0, examples: 0 },
      aepoActive: file.aepo_active,
    },
  };
}

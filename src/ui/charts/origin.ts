/** @file Where a chart's numbers come from: what every file of a chart says in its name and in itself. */
import { adapterClass } from '../../run/folder';
import type { UiState } from '../state/model';
import { dayOf } from '../state/replay';
import { chartWords } from '../strings-charts';

export interface Origin {
  /** What a person calls the run, and its id. */
  run: string;
  runId: string;
  preset: string;
  seed: number;
  /** `hardware: …` or `software: …`; '' where a recording does not say. */
  adapter: string;
  /** Day of the file, UTC. */
  saved: string;
  /** Day on which what is replayed was trained; null for a run of this page. */
  recorded: string | null;
  /** What its files' names begin with. */
  stem: string;
}

export function originOf(
  {
    runId,
    name,
    config,
    adapter,
    recording,
  }: Pick<UiState, 'runId' | 'name' | 'config' | 'adapter' | 'recording'>,
  nowMs: number,
): Origin {
  const made = recording ? recording.adapterClass : adapter ? adapterClass(adapter) : '';
  const run = recording?.name || name || runId;
  const saved = dayOf(nowMs / 1000);
  const recorded = recording ? dayOf(recording.begun) : null;
  const parts = [
    ...(recording ? ['replay'] : []),
    run.replace(/[^\w.-]+/g, '-'),
    config.preset,
    recorded ?? saved,
    `seed-${config.seed}`,
    ...(made.startsWith('software') ? ['software'] : []),
  ];
  return {
    run,
    runId: recording?.storedId ?? runId,
    preset: config.preset,
    seed: config.seed,
    adapter: made,
    saved,
    recorded,
    stem: parts.join('-'),
  };
}

/** Lines that stand above the numbers and below the picture, the truth about a replay first. */
export function originLines({ run, runId, preset, seed, adapter, saved, recorded }: Origin): string[] {
  const words = chartWords.origin;
  return [
    ...(recorded === null ? [] : [words.replay(recorded)]),
    words.run(run, runId),
    words.settings(preset, seed),
    words.adapter(adapter),
    words.saved(saved),
  ];
}

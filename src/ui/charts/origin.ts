/** @file Where a chart's numbers come from: what every file of a chart says in its name and in itself. */
import { adapterClass } from '../../run/folder';
import type { RunDescription } from '../../run/run-description';
import type { UiState } from '../state/model';
import { dayOf } from '../state/replay';
import { chartWords } from '../strings-charts';

/** What a chart's file says of where its numbers come from. */
export interface Provenance {
  /** What the file's name begins with. */
  stem: string;
  lines: readonly string[];
}

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
    forFile(run),
    config.preset,
    recorded ?? saved,
    `seed-${config.seed}`,
    ...(isSoftware(made) ? ['software'] : []),
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

/** Of the run on screen. */
export function provenance(origin: Origin): Provenance {
  return { stem: origin.stem, lines: originLines(origin) };
}

/** Several runs in one picture: a line each, by the letter it has there. */
export function provenanceOfRuns(
  runs: readonly RunDescription[],
  notes: readonly string[],
  nowMs: number,
): Provenance {
  const words = chartWords.origin;
  const saved = dayOf(nowMs / 1000);
  const seeds = new Set(runs.flatMap(({ config }) => (config ? [config.seed] : [])));
  const lines = runs.map(({ id, name, config, adapterClass: adapter, begun }, i) => {
    const facts = [
      words.run(name, id),
      ...(config ? [words.settings(config.preset, config.seed)] : []),
      words.adapter(adapter),
      words.begun(dayOf(begun)),
    ];
    return `${runLetters[i]}: ${facts.join('; ')}`;
  });
  return {
    stem: [
      ...runs.map(({ name }) => forFile(name)),
      saved,
      `seed-${[...seeds].join('-')}`,
      ...(runs.some(({ adapterClass: adapter }) => isSoftware(adapter)) ? ['software'] : []),
    ].join('-'),
    lines: [...lines, ...notes, words.saved(saved)],
  };
}

/** The runs of a comparison, in their order. */
export const runLetters = ['A', 'B', 'C', 'D'] as const;

function isSoftware(adapter: string): boolean {
  return adapter.startsWith('software');
}

function forFile(name: string): string {
  return name.replace(/[^\w.-]+/g, '-');
}

/**
 * @file Which answer each row of a decode batch belongs to. Rows of answers that have ended leave between blocks of
 * steps: the rows that go on move up, in order. Noise is keyed by prompt and sample, and no row's results depend on its
 * place, so answers do not depend on when rows leave.
 */
import type { DecodeGroup } from '../kernels/attention';
import type { RolloutRequest } from './types';

export interface DecodeRow {
  /** Index of the request, and of the answer to it. */
  request: number;
  sample: number;
}

/** One row an answer, requests in order. */
export function rowsOf(requests: readonly RolloutRequest[]): DecodeRow[] {
  return requests.flatMap(({ groupSize }, request) =>
    Array.from({ length: groupSize }, (_, sample) => ({ request, sample })),
  );
}

/** Rows of one prompt with the rows of the prefill it takes; prompts without rows have none. */
export function groupsOf(
  rows: readonly DecodeRow[],
  prefixes: readonly { start: number; end: number }[],
): DecodeGroup[] {
  let rowBegin = 0;
  return prefixes.flatMap(({ start, end }, request) => {
    const rowEnd = rowBegin + rows.filter((row) => row.request === request).length;
    const group = { rowBegin, rowEnd, prefixBegin: start, prefixEnd: end };
    rowBegin = rowEnd;
    return group.rowEnd > group.rowBegin ? [group] : [];
  });
}

/** Position of the first token of each row's answer. */
export function positionsOf(rows: readonly DecodeRow[], requests: readonly RolloutRequest[]): Uint32Array {
  return Uint32Array.from(rows, ({ request }) => requests[request].promptTokens.length);
}

/** Runs [begin, end) of consecutive rows. */
export function runsOf(kept: readonly number[]): { begin: number; end: number }[] {
  const runs: { begin: number; end: number }[] = [];
  for (const row of kept) {
    const last = runs.at(-1);
    if (last?.end === row) last.end++;
    else runs.push({ begin: row, end: row + 1 });
  }
  return runs;
}

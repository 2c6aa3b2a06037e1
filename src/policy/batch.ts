/**
 * @file Packing: groups of answers into one flat token buffer in which each prompt stands once.
 *
 *   [ prefix 0 | answer 00 | answer 01 | … | prefix 1 | answer 10 | … ]
 *
 * A *segment* is a prefix or an answer. A *pair* is (hidden row, target token): the last prefix row predicts the first
 * token of every answer of its group, so it stands in several pairs; an answer of n tokens has n pairs but only n − 1
 * rows, since nothing follows its last token. Tokens of weight 0 have no pair where `skipMasked` is set.
 */
import type { Segment } from '../kernels/shared/segment';
import { groupRows } from './limits';
import type { TrainGroup } from './types';

export interface PackedBatch {
  /** Flat tokens, one row each. */
  tokens: Uint32Array;
  /** Position of each row in its own sequence; answers go on where their prefix ends. */
  positions: Uint32Array;
  segments: Segment[];
  pairRows: Uint32Array;
  pairTargets: Uint32Array;
  /** Group, answer and token each pair belongs to. */
  pairOwners: { group: number; answer: number; token: number }[];
}

/** Packs groups. Every prompt needs at least one token; answers may be of any length. */
export function packGroups(groups: readonly TrainGroup[], skipMasked = false): PackedBatch {
  const rows = groups.reduce((sum, group) => sum + groupRows(group), 0);
  const pairRows: number[] = [];
  const pairTargets: number[] = [];
  const batch: PackedBatch = {
    tokens: new Uint32Array(rows),
    positions: new Uint32Array(rows),
    segments: [],
    pairRows: new Uint32Array(),
    pairTargets: new Uint32Array(),
    pairOwners: [],
  };
  let row = 0;
  groups.forEach((group, groupIndex) => {
    const prefix = { start: row, end: row + group.promptTokens.length };
    if (prefix.end === prefix.start) throw new Error('a prompt needs at least one token');
    batch.tokens.set(group.promptTokens, row);
    for (let i = 0; i < group.promptTokens.length; i++) batch.positions[row + i] = i;
    batch.segments.push({ ...prefix, parentStart: 0, parentEnd: 0 });
    row = prefix.end;
    group.answers.forEach((answer, answerIndex) => {
      const { tokens } = answer;
      const start = row;
      for (let i = 0; i < tokens.length; i++) {
        if (!skipMasked || answer.weights[i] !== 0) {
          pairRows.push(i === 0 ? prefix.end - 1 : start + i - 1);
          pairTargets.push(tokens[i]);
          batch.pairOwners.push({ group: groupIndex, answer: answerIndex, token: i });
        }
        if (i === tokens.length - 1) break;
        batch.tokens[row] = tokens[i];
        batch.positions[row] = group.promptTokens.length + i;
        row++;
      }
      if (row > start)
        batch.segments.push({ start, end: row, parentStart: prefix.start, parentEnd: prefix.end });
    });
  });
  batch.pairRows = Uint32Array.from(pairRows);
  batch.pairTargets = Uint32Array.from(pairTargets);
  return batch;
}

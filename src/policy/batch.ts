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
  /** First row to compute: 0, or where answers stand behind held prompts (held-prompts.ts). */
  begin: number;
  /** Flat tokens, one row each. */
  tokens: Uint32Array;
  /** Position of each row in its own sequence; answers go on where their prefix ends. */
  positions: Uint32Array;
  /** Of the rows to compute. */
  segments: Segment[];
  pairRows: Uint32Array;
  pairTargets: Uint32Array;
  /** Group, answer and token each pair belongs to. */
  pairOwners: { group: number; answer: number; token: number }[];
}

/** Packs groups. Every prompt needs at least one token; answers may be of any length. */
export function packGroups(groups: readonly TrainGroup[], skipMasked = false): PackedBatch {
  const packing = new Packing(groups.reduce((sum, group) => sum + groupRows(group), 0));
  groups.forEach((group, index) => {
    packing.answers(group, index, packing.prompt(group.promptTokens), skipMasked);
  });
  return packing.finish(0);
}

/**
 * Packs the answers alone, from row `begin` on; their prompts stand in rows before it.
 * @param prompts segments of the groups' prompts.
 */
export function packBehind(
  groups: readonly TrainGroup[],
  prompts: readonly Segment[],
  begin: number,
): PackedBatch {
  const rows = groups.reduce((sum, group) => sum + groupRows(group) - group.promptTokens.length, begin);
  const packing = new Packing(rows, begin);
  groups.forEach((group, index) => {
    packing.answers(group, index, prompts[index], false);
  });
  return packing.finish(begin);
}

class Packing {
  private readonly tokens: Uint32Array;
  private readonly positions: Uint32Array;
  private readonly segments: Segment[] = [];
  private readonly pairRows: number[] = [];
  private readonly pairTargets: number[] = [];
  private readonly pairOwners: PackedBatch['pairOwners'] = [];
  private row: number;

  constructor(rows: number, begin = 0) {
    this.tokens = new Uint32Array(rows);
    this.positions = new Uint32Array(rows);
    this.row = begin;
  }

  prompt(tokens: Uint32Array): Segment {
    const prefix = { start: this.row, end: this.row + tokens.length, parentStart: 0, parentEnd: 0 };
    if (prefix.end === prefix.start) throw new Error('a prompt needs at least one token');
    this.tokens.set(tokens, this.row);
    for (let i = 0; i < tokens.length; i++) this.positions[this.row + i] = i;
    this.segments.push(prefix);
    this.row = prefix.end;
    return prefix;
  }

  answers(group: TrainGroup, groupIndex: number, prefix: Segment, skipMasked: boolean): void {
    group.answers.forEach((answer, answerIndex) => {
      const { tokens } = answer;
      const start = this.row;
      for (let i = 0; i < tokens.length; i++) {
        if (!skipMasked || answer.weights[i] !== 0) {
          this.pairRows.push(i === 0 ? prefix.end - 1 : start + i - 1);
          this.pairTargets.push(tokens[i]);
          this.pairOwners.push({ group: groupIndex, answer: answerIndex, token: i });
        }
        if (i === tokens.length - 1) break;
        this.tokens[this.row] = tokens[i];
        this.positions[this.row] = group.promptTokens.length + i;
        this.row++;
      }
      if (this.row > start)
        this.segments.push({ start, end: this.row, parentStart: prefix.start, parentEnd: prefix.end });
    });
  }

  finish(begin: number): PackedBatch {
    const { tokens, positions, segments, pairOwners } = this;
    return {
      begin,
      tokens,
      positions,
      segments,
      pairRows: Uint32Array.from(this.pairRows),
      pairTargets: Uint32Array.from(this.pairTargets),
      pairOwners,
    };
  }
}

/** @file The retrospective pool as rows and as a beeswarm, weighted as the run itself weighs it. Pure. */

import { stageNumber } from '../../rl/curriculum';
import { difficulty, measuredVisit, type Pool, poolWeight } from '../../rl/retrospective';
import type { TrainerSettings } from '../../rl/settings';

export interface PoolRow {
  index: number;
  id: string;
  question: string;
  /** Stage it was first drawn in, as people count: RL from 1. */
  stage: number;
  /** Longest prompt of that stage, tokens. */
  maxTokens: number;
  visits: number;
  lastReward: number;
  lastStep: number;
  /** 1 / mean reward; infinite where every answer failed. */
  difficulty: number;
  /** What the admission is drawn by. */
  weight: number;
  /** Its share of all weights. */
  share: number;
  /** Mean rewards of its visits, oldest first. */
  rewards: { step: number; reward: number }[];
  /** It may be drawn now; the others wait for the next stage. */
  drawable: boolean;
  /** Every visit was all wrong, and there were several. */
  stuck: boolean;
}

export function poolRows(
  pool: Pool,
  settings: Pick<TrainerSettings, 'pool' | 'groupSize' | 'stages'>,
  stageIndex: number,
): PoolRow[] {
  const rows = pool.map((question) => {
    const measured = measuredVisit(question, settings.pool);
    const last = question.history[question.history.length - 1];
    return {
      index: question.index,
      id: question.id,
      question: question.text,
      stage: stageNumber(settings.stages, question.stage),
      maxTokens: question.bracket.max,
      visits: question.visits,
      lastReward: last.reward,
      lastStep: last.step,
      difficulty: difficulty(measured.reward),
      weight: poolWeight(measured, settings.pool, settings.groupSize),
      rewards: question.history.map(({ step, reward }) => ({ step, reward })),
      drawable: question.stage < stageIndex,
      stuck: question.visits > 1 && question.history.every(({ accuracy }) => accuracy === 0),
    };
  });
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  return rows
    .map((row) => ({ ...row, share: total > 0 ? row.weight / total : 0 }))
    .sort((a, b) => b.weight - a.weight || a.index - b.index);
}

export interface SwarmDot {
  row: PoolRow;
  x: number;
  y: number;
}

/**
 * Places dots of one radius in columns so that none lies on another: y is the row's value, x as near the column's
 * middle as it goes.
 * @param place column middle and y of a row, in the picture's units.
 */
export function swarm(
  rows: readonly PoolRow[],
  radius: number,
  place: (row: PoolRow) => { x: number; y: number },
): SwarmDot[] {
  const placed: SwarmDot[] = [];
  for (const row of rows) {
    const { x: middle, y } = place(row);
    const near = placed.filter((dot) => Math.abs(dot.y - y) < 2 * radius);
    let x = middle;
    for (let i = 1; near.some((dot) => Math.hypot(dot.x - x, dot.y - y) < 2 * radius); i++)
      x = middle + (i % 2 === 1 ? 1 : -1) * Math.ceil(i / 2) * radius;
    placed.push({ row, x, y });
  }
  return placed;
}

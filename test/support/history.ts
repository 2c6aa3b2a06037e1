/** @file Rows and evaluations of a run's history, made of their step. */
import type { MetricRow } from '../../src/ui/state/history';

export const row = (step: number, metrics: Record<string, number> = {}): MetricRow => ({
  step,
  seconds: step * 2,
  tokens: step * 100,
  metrics: { 'critic/rewards/mean': step / 10, ...metrics },
});

export const evaluation = (step: number) => ({
  step,
  questions: 8,
  sampledReward: step / 100,
  greedyAccuracy: 0.5,
  metrics: { 'val-core/generated/acc/pass@8': 0.9 },
});

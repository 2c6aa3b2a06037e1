/** @file Ways out for a run that does not fit: each lowers one setting as little as it must, and what depends on it. */
import { CodedError } from '../errors';
import { makeConfig } from './config';
import type { RunConfig } from './settings';
import { formatStages, parseStages } from './stages-text';

/** Settings that make a run smaller, and the step their values are rounded down to. */
const smaller = [
  { key: 'max_prompt_length', least: 32, step: 32 },
  { key: 'max_response_length', least: 4, step: 4 },
  { key: 'group_size', least: 2, step: 1 },
  { key: 'mini_batch_size', least: 1, step: 1 },
  { key: 'gen_batch_size', least: 1, step: 1 },
] as const;

/** Share of a prompt that the document's window may take in any case; its question needs the rest. */
const leastWindow = 0.7;

type SmallerKey = (typeof smaller)[number]['key'];

/** One setting that makes the run fit, with the others that must follow it for the whole to be valid. */
export interface MemoryWay {
  /** `memory.budget_mb`: nothing is given up but time; attention is computed again in the backward pass. */
  key: SmallerKey | 'memory.budget_mb';
  settings: Partial<RunConfig>;
}

/** What a run was refused for, with the settings it fits with. */
export class MemoryRefusal extends CodedError {
  readonly ways: readonly MemoryWay[];

  constructor(
    code: string,
    message: string,
    advice: string,
    ways: readonly MemoryWay[],
    options?: { cause?: unknown },
  ) {
    super(code, message, advice, options);
    this.ways = ways;
  }
}

/** For each setting the largest smaller value with which the run fits, all others as they are. */
export function nearestThatFit(
  config: RunConfig,
  fits: (config: RunConfig) => boolean,
): { key: SmallerKey; value: number }[] {
  return smaller.flatMap(({ key, least, step }) => {
    const fitting = (units: number) => fits({ ...config, [key]: least + units * step });
    let high = Math.ceil((config[key] - least) / step) - 1;
    if (high < 0 || !fitting(0)) return [];
    let low = 0;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fitting(middle)) low = middle;
      else high = middle - 1;
    }
    return [{ key, value: least + low * step }];
  });
}

/** The same, each as settings of a valid run; those that no valid run has are left out. */
export function memoryWays(config: RunConfig, fits: (config: RunConfig) => boolean): MemoryWay[] {
  return nearestThatFit(config, fits).flatMap(({ key, value }) => {
    const settings = withFollowers(config, key, value);
    try {
      makeConfig(config.preset, { ...config, ...settings });
    } catch {
      return [];
    }
    return [{ key, settings }];
  });
}

/** A lower value and what has to follow it, in proportion. */
function withFollowers(config: RunConfig, key: SmallerKey, value: number): Partial<RunConfig> {
  switch (key) {
    case 'max_prompt_length': {
      const share = value / config.max_prompt_length;
      // A window that was short beside its prompt need not shrink with it.
      const most = Math.max(config.window_tokens / config.max_prompt_length, leastWindow) * value;
      const window_tokens = Math.min(config.window_tokens, Math.floor(most));
      const stages = parseStages(config.curriculum);
      const curriculum = formatStages(
        stages.map((stage) => ({ ...stage, maxTokens: Math.floor(stage.maxTokens * share) })),
      );
      const isLonger = stages.some(({ maxTokens }) => maxTokens > value);
      return { max_prompt_length: value, window_tokens, ...(isLonger && { curriculum }) };
    }
    case 'max_response_length': {
      const { 'overlong_buffer.len': buffer } = config;
      return {
        max_response_length: value,
        ...(buffer > value && { 'overlong_buffer.len': Math.max(1, Math.floor(value / 4)) }),
      };
    }
    case 'mini_batch_size': {
      let divisor = value;
      while (config.train_batch_size % divisor !== 0) divisor--;
      return { mini_batch_size: divisor };
    }
    case 'group_size':
    case 'gen_batch_size':
      return { [key]: value };
    default:
      return key satisfies never;
  }
}

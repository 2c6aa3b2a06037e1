/**
 * @file Which prompts a step gets: fresh questions of the stage's lengths, mixed with hard ones of earlier stages.
 * A `StepDraw` reads the state and never changes it, so that a step that fails leaves everything as it was.
 */
import { CodedError, RunPause } from '../errors';
import type { Score } from '../reward/types';
import {
  advanceStage,
  bracketOf,
  type CurriculumState,
  type LengthBracket,
  resumeStage,
  type StageMark,
  type StopReason,
  stageNumber,
  stageStart,
} from './curriculum';
import { uniform } from './random';
import {
  difficulty,
  drawable,
  drawTurns,
  measuredVisit,
  type Pool,
  type PoolQuestion,
  rewardFloor,
  updatePool,
  type Visit,
  visited,
} from './retrospective';
import type { TrainerSettings } from './settings';
import { mean } from './statistics';
import type { PromptItem, PromptOrigin, ScoredGroup, TaskSource } from './types';

/** Everything the next step's prompts depend on, besides settings and document. */
export interface DrawState {
  /** Index of the next fresh item of the task source. */
  nextItem: number;
  curriculum: CurriculumState;
  pool: Pool;
}

export function drawStart(): DrawState {
  return { nextItem: 0, curriculum: stageStart(), pool: [] };
}

export interface DrawnPrompt {
  item: PromptItem;
  origin: PromptOrigin;
}

/** What drawing has to say once a step is over. */
export interface StepDrawn {
  state: DrawState;
  /** Null in a run without stages. */
  stage: StageMark | null;
  /** By canonical metric name. */
  metrics: Record<string, number>;
  /** What the person should know. */
  notices: CodedError[];
}

export class StepDraw {
  private readonly tasks: TaskSource;
  private readonly settings: TrainerSettings;
  private readonly before: DrawState;
  private readonly step: number;
  private readonly curriculum: CurriculumState;
  private readonly stageIndex: number;
  private readonly bracket: LengthBracket | undefined;
  private readonly lost = new Set<number>();
  private readonly taken = new Set<number>();
  private rounds = 0;
  private fresh = 0;
  private shortfall = 0;
  private foundEmpty = false;

  constructor(tasks: TaskSource, settings: TrainerSettings, before: DrawState, step: number) {
    this.tasks = tasks;
    this.settings = settings;
    this.before = before;
    this.step = step;
    const { stages } = settings;
    this.curriculum = resumeStage(before.curriculum, stages);
    this.stageIndex = this.curriculum.stage;
    this.bracket = stages.length > 0 ? bracketOf(stages, this.stageIndex) : undefined;
  }

  /** Whether questions of this stage can come back in a later one. */
  get collects(): boolean {
    const { stages, pool } = this.settings;
    return pool.rule !== 'off' && this.stageIndex + 1 < stages.length;
  }

  /**
   * The next `size` prompts.
   * @throws CodedError of the task source, such as `curriculum.empty_bracket`; RunPause `pool.empty` where that was chosen.
   */
  round(size: number): DrawnPrompt[] {
    const { seed } = this.settings;
    const round = this.rounds++;
    const old = this.retrospective(this.places(size, round));
    const fresh = Array.from({ length: size - old.length }, () => this.freshPrompt());
    if (old.length === 0) return fresh;
    // Mini-batches are consecutive prompts and a full batch lets the last ones go: every place is equally likely.
    return [...old, ...fresh]
      .map((prompt, i) => ({ prompt, at: uniform(seed, 'order', this.step, round, i) }))
      .sort((a, b) => a.at - b.at)
      .map(({ prompt }) => prompt);
  }

  /**
   * What follows from the step.
   * @param base one visit a fresh group, in order, where difficulty is measured by the policy the run began with.
   */
  finish(groups: readonly ScoredGroup[], entropy: number, base: readonly Visit[] | null): StepDrawn {
    const { stages, pool: settings, groupSize, seed } = this.settings;
    const fresh = groups.filter((group) => !group.origin?.history);
    const reward = mean(
      (fresh.length > 0 ? fresh : groups).map((group) => visitOfGroup(group, this.step).reward),
    );
    const { state: curriculum, ended } = advanceStage(this.curriculum, stages, { reward, entropy });
    const remaining = this.before.pool.filter(({ index }) => !this.lost.has(index));
    const seen = this.seen(groups, fresh, base);
    const pool =
      settings.rule === 'off' ? [] : updatePool(remaining, seen, curriculum.stage, settings, groupSize, seed);
    return {
      state: { nextItem: this.before.nextItem + this.fresh, curriculum, pool },
      stage: this.mark(ended),
      metrics: this.metrics(groups.length - fresh.length, groups.length),
      notices: this.foundEmpty ? [new CodedError(...this.emptyPool())] : [],
    };
  }

  /** Code, message and advice. */
  private emptyPool(): [string, string, string] {
    const { stages, pool } = this.settings;
    const { name } = stages[this.stageIndex];
    return [
      'pool.empty',
      pool.rule === 'zero-accuracy'
        ? `No question of earlier stages that nobody answered is left to come back in "${name}".`
        : `No question of earlier stages can come back in "${name}": the pool is empty.`,
      'Make earlier stages longer or harder, or set pool.rule to weighted; with pool.on_empty fresh, fresh questions take the places.',
    ];
  }

  private mark(ended: StopReason | null): StageMark | null {
    if (!this.bracket) return null;
    const { stages } = this.settings;
    return {
      kind: 'rl',
      index: this.stageIndex,
      number: stageNumber(stages, this.stageIndex),
      name: stages[this.stageIndex].name,
      lengths: this.bracket,
      steps: this.curriculum.steps + 1,
      ended,
      isLast: this.stageIndex + 1 === stages.length,
    };
  }

  /** The questions of a step that may come back, with this visit. */
  private seen(
    groups: readonly ScoredGroup[],
    fresh: readonly ScoredGroup[],
    base: readonly Visit[] | null,
  ): PoolQuestion[] {
    const again = groups.flatMap((group) =>
      group.origin?.history ? [visited(group.origin.history, visitOfGroup(group, this.step))] : [],
    );
    const { bracket } = this;
    if (!this.collects || !bracket) return again;
    const first = fresh.flatMap((group, i): PoolQuestion[] => {
      if (!group.origin) return [];
      const { id, text } = group.item.question;
      return [
        {
          index: group.origin.index,
          bracket,
          id,
          text,
          stage: this.stageIndex,
          visits: 1,
          history: [visitOfGroup(group, this.step)],
          base: base?.[i] ?? null,
        },
      ];
    });
    return [...again, ...first];
  }

  /** How many of `size` prompts shall be retrospective; the fraction of one is left to chance. */
  private places(size: number, round: number): number {
    const { stages, pool, seed } = this.settings;
    if (stageNumber(stages, this.stageIndex) <= 1 || pool.rule === 'off') return 0;
    const share = stages[this.stageIndex].share ?? pool.share;
    return Math.floor(share * size + uniform(seed, 'rounding', this.step, round));
  }

  private retrospective(wanted: number): DrawnPrompt[] {
    const prompts: DrawnPrompt[] = [];
    if (wanted === 0) return prompts;
    const pool = drawable(this.before.pool, this.stageIndex);
    if (pool.length === 0) {
      if (this.settings.pool.onEmpty === 'pause') throw new RunPause(...this.emptyPool());
      this.foundEmpty = true;
    }
    const open = pool.filter(({ index }) => !this.taken.has(index));
    for (const history of drawTurns(open, open.length, this.settings.seed, this.step)) {
      if (prompts.length === wanted) break;
      this.taken.add(history.index);
      const item = this.again(history);
      if (item) prompts.push({ item, origin: { index: history.index, history } });
      else this.lost.add(history.index);
    }
    this.shortfall += wanted - prompts.length;
    return prompts;
  }

  /** The question of the pool as a prompt, or null where document or families changed since. */
  private again({ index, bracket, id, text }: PoolQuestion): PromptItem | null {
    try {
      const item = this.tasks.item(index, bracket);
      return item.question.id === id && item.question.text === text ? item : null;
    } catch (error) {
      if (error instanceof CodedError) return null;
      throw error;
    }
  }

  private freshPrompt(): DrawnPrompt {
    const index = this.before.nextItem + this.fresh++;
    return { item: this.tasks.item(index, this.bracket), origin: { index, history: null } };
  }

  private metrics(retrospective: number, prompts: number): Record<string, number> {
    const { stages, pool: settings, groupSize } = this.settings;
    if (!this.bracket) return {};
    const metrics: Record<string, number> = {
      'curriculum/stage': stageNumber(stages, this.stageIndex),
      'curriculum/stage_steps': this.curriculum.steps + 1,
      'curriculum/max_input': this.bracket.max,
    };
    if (settings.rule === 'off') return metrics;
    const pool = drawable(this.before.pool, this.stageIndex);
    metrics['pool/size'] = pool.length;
    metrics['pool/candidates'] = this.before.pool.length - pool.length;
    metrics['pool/share'] = retrospective / prompts;
    metrics['pool/shortfall'] = this.shortfall;
    if (pool.length > 0) {
      const floor = rewardFloor(settings, groupSize);
      metrics['pool/mean_difficulty'] = mean(
        pool.map((question) => difficulty(Math.max(floor, measuredVisit(question, settings).reward))),
      );
    }
    return metrics;
  }
}

/** A group's outcome before penalties. */
export function visitOf(scores: readonly Pick<Score, 'base' | 'correct'>[], step: number): Visit {
  return {
    step,
    reward: mean(scores.map(({ base }) => base)),
    accuracy: mean(scores.map(({ correct }) => (correct ? 1 : 0))),
  };
}

function visitOfGroup(group: ScoredGroup, step: number): Visit {
  return visitOf(
    group.answers.map(({ score }) => score),
    step,
  );
}

/**
 * @file What if the step on screen had been made with what the controls say now: its answers scored, its groups kept and its
 * advantages normalised again. It lasts until training has made a step with these settings.
 */
import type { GroupView } from '../../../workers/protocol';
import { type RunConfig, type SettingKey, type SettingValue, sameValue } from '../../run/config';
import { regrouped, rescored, rescoringKeys } from '../../run/rescore';
import { effectiveConfig, shownGroup, type UiState } from './model';
import { normalised } from './what-if-advantages';

type Known = Pick<UiState, 'config' | 'draft' | 'marks' | 'groups' | 'step'>;

/** The settings a step was made with: the present ones, later changes taken back. */
export function configOfStep({ config, marks }: Pick<UiState, 'config' | 'marks'>, step: number): RunConfig {
  const before: Partial<Record<string, SettingValue>> = {};
  for (let i = marks.length - 1; i >= 0 && marks[i].step > step; i--)
    before[marks[i].key] = marks[i].from as SettingValue;
  return { ...config, ...before };
}

/** What the controls say of `keys` and no step was made with yet. */
export function pendingSettings(
  state: Known,
  keys: readonly SettingKey[] = rescoringKeys,
): Partial<RunConfig> {
  const newest = Math.max(state.step, state.groups[0]?.step ?? 0);
  const isChanged = Object.keys(state.draft).length > 0 || (state.marks.at(-1)?.step ?? 0) > newest;
  if (!isChanged || newest === 0) return none;
  const [used, said] = [configOfStep(state, newest), effectiveConfig(state)];
  return Object.fromEntries(
    keys.filter((key) => !sameValue(used[key], said[key])).map((key) => [key, said[key]]),
  ) as Partial<RunConfig>;
}

const none: Partial<RunConfig> = {};

/** The settings a step is shown under: its own, and on top what waits for the next one. */
export function configShownAt(state: Known, step: number): RunConfig {
  return { ...configOfStep(state, step), ...pendingSettings(state) };
}

/** The groups with those of `step` as other settings would have scored, kept and normalised them; others stay the same objects. */
export function underSettings(
  groups: readonly GroupView[],
  step: number,
  before: RunConfig,
  after: RunConfig,
): readonly GroupView[] {
  const scored = groups.map((group) => (group.step === step ? scoredAgain(group, before, after) : group));
  const rules: readonly SettingKey[] = ['norm_adv_by_std', 'norm_adv_std_over', 'adv_epsilon'];
  const isSameNorm = rules.every((key) => sameValue(before[key], after[key]));
  // Over the deviation of a task or batch, one group's rewards move every other's advantages.
  const isWide = after.norm_adv_by_std && after.norm_adv_std_over !== 'group';
  const anyScored = scored.some((group, i) => group !== groups[i]);
  return scored.map((group, i) => {
    if (group.step !== step) return group;
    const isTouched = group !== groups[i] || !isSameNorm || (isWide && anyScored);
    return isTouched ? normalised(group, scored, after) : group;
  });
}

function scoredAgain(group: GroupView, before: RunConfig, after: RunConfig): GroupView {
  const scores = group.answers.map((answer) => rescored(answer, group, before, after));
  const isSame = scores.every((score, i) => {
    const { total, rule, base } = group.answers[i].score;
    return score.total === total && score.rule === rule && score.base === base;
  });
  const filters: readonly SettingKey[] = ['filter_groups.enable', 'filter_groups.metric'];
  if (isSame && filters.every((key) => before[key] === after[key])) return group;
  const dropReason = regrouped(scores, group.dropReason, after);
  const kept = dropReason === null;
  if (isSame && kept === group.kept) return group;
  return {
    ...group,
    kept,
    dropReason,
    answers: group.answers.map((answer, i) => ({ ...answer, score: scores[i] })),
  };
}

let last: {
  groups: readonly GroupView[];
  key: string;
  result: readonly GroupView[];
} | null = null;

/** The groups of the page, those of the shown step under what the controls say: the same objects until something changes. */
export function groupsUnderControls(state: UiState): readonly GroupView[] {
  const { groups } = state;
  const pending = pendingSettings(state);
  const step = shownGroup(state)?.step;
  if (step === undefined || Object.keys(pending).length === 0) return groups;
  const before = configOfStep(state, step);
  const key = `${step} ${JSON.stringify(pending)} ${JSON.stringify(rescoringKeys.map((name) => before[name]))}`;
  if (last?.groups === groups && last.key === key) return last.result;
  const result = underSettings(groups, step, before, { ...before, ...pending });
  last = { groups, key, result };
  return result;
}

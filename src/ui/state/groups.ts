/** @file Which groups the page keeps, in what order, and which one it shows by itself. */
import type { GroupView } from '../../../workers/protocol';
import type { DocumentFamily, Family } from '../../tasks/types';

export const maxGroups = 40;

const documentFamilies: readonly string[] = ['cloze', 'lookup', 'two-hop', 'sum'] satisfies DocumentFamily[];

/** Families made from a text; a data set's own questions take their place. */
export function isOfDocument(family: string): boolean {
  return documentFamilies.includes(family);
}

/** Whether a question came with the person's own file. */
export function isGiven(family: Family): boolean {
  return family.startsWith('given-');
}

/** Whether the update has used the group: log-probs before and after are known. */
export function isUpdated(group: GroupView): boolean {
  return group.answers.some((answer) => answer.newLogprobs !== null);
}

/** Position of the optimiser update that used the group, 0 for none. */
export function updateOf(group: GroupView): number {
  return group.answers.reduce((update, answer) => Math.max(update, answer.update), 0);
}

/**
 * Old groups with new ones in, newest step first, kept before dropped. Past the bound the least useful leave first:
 * first stay the shown group, the learned-from
 * ones of its step and of the last one (the clip plot reads them), then the newest; dropped ones only of these two steps.
 */
export function mergeGroups(
  old: readonly GroupView[],
  incoming: readonly GroupView[],
  shownUid: string | null,
  limit = maxGroups,
): GroupView[] {
  const fresh = new Set(incoming.map((group) => group.uid));
  const all = [...incoming, ...old.filter((group) => !fresh.has(group.uid))];
  const shownStep = all.find((group) => group.uid === shownUid)?.step;
  const lastUpdated = all.reduce((step, group) => (isUpdated(group) ? Math.max(step, group.step) : step), 0);
  const newest = Math.max(...all.map(({ step }) => step));
  const rank = (group: GroupView) => {
    if (group.uid === shownUid) return 0;
    if (isUpdated(group) && (group.step === shownStep || group.step === lastUpdated)) return 1;
    return group.kept || group.step === shownStep || group.step === newest ? 2 : 3;
  };
  const kept = [...all].sort((a, b) => rank(a) - rank(b) || b.step - a.step).slice(0, limit);
  return kept.sort(
    (a, b) =>
      b.step - a.step ||
      Number(b.kept) - Number(a.kept) ||
      updateOf(a) - updateOf(b) ||
      a.uid.localeCompare(b.uid, 'en', { numeric: true }),
  );
}

/** The group worth showing of a step: one the last update used (its ratios moved most), else a kept one, else any. */
export function worthShowing(groups: readonly GroupView[]): GroupView | null {
  const updated = groups.filter(isUpdated).sort((a, b) => updateOf(b) - updateOf(a));
  return updated[0] ?? groups.find((group) => group.kept) ?? groups[0] ?? null;
}

/** The group worth showing of the newest step that has been learned from. */
export function newestUpdated(groups: readonly GroupView[]): GroupView | null {
  const step = groups.reduce(
    (newest, group) => (isUpdated(group) ? Math.max(newest, group.step) : newest),
    0,
  );
  return worthShowing(groups.filter((group) => group.step === step));
}

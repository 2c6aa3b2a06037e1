/** @file Which optimiser update of the step is shown: choosing one shows the first group it used. */
import type { GroupView } from '../../../workers/protocol';
import kit from '../kit/kit.module.css';
import { updateOf } from '../state/groups';
import { showGroup, useUi } from '../state/store';
import { strings } from '../strings';

const words = strings.tokens;

export function UpdateSelect({ group }: { group: GroupView }) {
  const total = useUi((state) => state.updates[group.step] ?? 0);
  const groups = useUi((state) => state.groups);
  const current = updateOf(group);
  if (total === 0 || current === 0) return null;
  const firstOf = (update: number) =>
    groups.find((other) => other.step === group.step && updateOf(other) === update);
  return (
    <select
      className={kit.select}
      aria-label={words.updateTitle}
      title={words.updateTitle}
      value={current}
      data-testid="update-select"
      onChange={(event) => {
        const target = firstOf(Number(event.target.value));
        if (target) showGroup(target.uid);
      }}
    >
      {Array.from({ length: total }, (_, i) => i + 1).map((update) => (
        <option key={update} value={update} disabled={update !== current && !firstOf(update)}>
          {words.update(update, total)}
        </option>
      ))}
    </select>
  );
}

/** @file What dynamic sampling dropped, by its reason, still readable. */
import { useMemo } from 'react';
import { strings } from '../strings';
import { labStrings } from '../strings-lab';
import { GroupLine } from './GroupLine';
import styles from './lab.module.css';
import { byReason, type LabGroup } from './rollout-model';
import rollouts from './rollouts.module.css';
import { inspect } from './rollouts-store';

const words = labStrings.rollouts;

export function Discarded({ groups, all }: { groups: readonly LabGroup[]; all: number }) {
  const reasons = useMemo(() => byReason(groups), [groups]);
  const shown = reasons.reduce((sum, [, list]) => sum + list.length, 0);
  const names: Record<string, string> = strings.group.reasons;
  return (
    <section
      className={rollouts.list}
      aria-label={words.tabs.dropped}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
      tabIndex={0}
      data-testid="discarded"
    >
      {all === 0 && <p className={`${styles.body} ${styles.muted}`}>{words.noDropped}</p>}
      {shown < all && <p className={`${styles.body} ${styles.muted}`}>{words.droppedMore(shown, all)}</p>}
      {reasons.map(([reason, list]) => (
        <div key={reason}>
          <h3 className={rollouts.head}>{words.reasonCount(names[reason] ?? reason, list.length)}</h3>
          <ul>
            {list.map((group) => (
              <li key={group.uid}>
                <button
                  type="button"
                  className={rollouts.row}
                  data-testid="dropped-line"
                  onClick={() => inspect(group, 0)}
                >
                  <GroupLine group={group} />
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

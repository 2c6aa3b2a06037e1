/** @file One group in a line: its rewards as dots, its numbers, why it was kept or dropped. */
import { fixed } from '../format';
import { groupPart } from '../state/link';
import { strings } from '../strings';
import { labStrings } from '../strings-lab';
import styles from './lab.module.css';
import { type LabGroup, meanLength } from './rollout-model';
import rollouts from './rollouts.module.css';

const words = labStrings.rollouts;

export function GroupLine({ group }: { group: LabGroup }) {
  const ordered = [...group.answers].sort((a, b) => b.reward - a.reward);
  const right = ordered.filter(({ correct }) => correct).length;
  return (
    <span className={rollouts.line}>
      <span className={`data ${rollouts.id}`}>{groupPart(group.uid)}</span>
      <span
        className={rollouts.dots}
        role="img"
        aria-label={`${right} ${words.right}, ${ordered.length - right} ${words.wrong}`}
      >
        {ordered.map(({ correct }) => (correct ? '●' : '○')).join('')}
      </span>
      <span className={`data ${rollouts.facts}`}>
        {words.facts(fixed(group.mean), fixed(group.std), fixed(meanLength(group), 0))}
      </span>
      {!group.kept && <span className={styles.badge}>{dropWords(group.reason)}</span>}
      {group.retrospective && (
        <span
          className={styles.badge}
          title={words.pool(group.retrospective.visits, fixed(group.retrospective.lastReward))}
        >
          {words.poolBadge}
        </span>
      )}
      <span className={group.kept ? rollouts.question : `${rollouts.question} ${styles.dropped}`}>
        {group.question}
      </span>
    </span>
  );
}

export function dropWords(reason: string | null): string {
  const reasons: Record<string, string> = strings.group.reasons;
  return strings.group.dropped(reasons[reason ?? 'surplus'] ?? reason ?? '');
}

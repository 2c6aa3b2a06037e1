/** @file What a person's own questions are in this run: how many are asked, what was left out and why, and what to expect. */
import type { Dataset } from '../../tasks/types';
import { isOfDocument } from '../state/groups';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './document.module.css';

const words = strings.dataset;

export function DatasetLine({ dataset }: { dataset: Dataset }) {
  const given = useUi((state) => state.given);
  const isAsked = useUi((state) => state.config['task.families'].some(isOfDocument));
  const { questions, leftOut, reasons, columns } = dataset;
  return (
    <div className={styles.dataset} data-testid="dataset">
      <p>
        {words.counts(questions.length, leftOut)} {isAsked ? given && words.asked(given) : words.notAsked}{' '}
        {columns && words.columns(columns)} <span className={styles.outside}>{words.tiny}</span>
      </p>
      {leftOut > 0 && (
        <details data-testid="left-out">
          <summary>{words.why}</summary>
          <ul>
            {reasons.map(({ line, reason }) => (
              <li key={line}>{words.reason(line, reason)}</li>
            ))}
            {leftOut > reasons.length && <li>{words.more(leftOut - reasons.length)}</li>}
          </ul>
        </details>
      )}
    </div>
  );
}

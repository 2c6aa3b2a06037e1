/** @file The keys worth knowing, below everything. */
import { strings } from '../strings';
import styles from './bars.module.css';

export function KeyBar() {
  return (
    <footer className={styles.keys} data-part="keys">
      {strings.keys.list.map(([keys, does]) => (
        <span key={keys}>
          <kbd>{keys}</kbd> {does}
        </span>
      ))}
    </footer>
  );
}

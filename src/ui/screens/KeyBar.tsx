/** @file The keys worth knowing, below everything. */
import { strings } from '../strings';
import styles from './bars.module.css';

interface KeyBarProps {
  /** Keys of this level alone. */
  more?: readonly (readonly [keys: string, does: string])[];
}

export function KeyBar({ more = [] }: KeyBarProps) {
  return (
    <footer className={styles.keys} data-part="keys">
      {[...strings.keys.list, ...more].map(([keys, does]) => (
        <span key={keys}>
          <kbd>{keys}</kbd> {does}
        </span>
      ))}
    </footer>
  );
}

/** @file The keys worth knowing, below everything; all of them behind the last. */
import { setWindows } from '../state/windows';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

interface KeyBarProps {
  /** Keys of this level alone. */
  more?: readonly (readonly [keys: string, does: string])[];
}

export function KeyBar({ more = [] }: KeyBarProps) {
  return (
    <footer className={styles.keys} data-part="keys">
      {[...playWords.keys.bar, ...more].map(([keys, does]) => (
        <span key={keys}>
          <kbd>{keys}</kbd> {does}
        </span>
      ))}
      <button
        type="button"
        className={styles.allKeys}
        onClick={() => setWindows({ keys: true })}
        data-testid="keys-button"
      >
        <kbd>?</kbd> {playWords.keys.all}
      </button>
    </footer>
  );
}

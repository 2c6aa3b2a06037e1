/** @file The keys worth knowing, below everything; all of them behind the last. */
import { useKeyWords } from '../state/key-map';
import { setWindows } from '../state/windows';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

interface KeyBarProps {
  /** Keys of this level alone. */
  more?: readonly (readonly [keys: string, does: string])[];
}

export function KeyBar({ more = [] }: KeyBarProps) {
  const keyed = useKeyWords();
  return (
    <footer className={styles.keys} data-part="keys">
      {[...playWords.keys.bar, ...more].map(([keys, does]) => (
        <span key={keys}>
          <kbd>{keyed(keys)}</kbd> {does}
        </span>
      ))}
      <button
        type="button"
        className={styles.allKeys}
        onClick={() => setWindows({ keys: true })}
        data-testid="keys-button"
      >
        <kbd>{keyed('{keys}')}</kbd> {playWords.keys.all}
      </button>
    </footer>
  );
}

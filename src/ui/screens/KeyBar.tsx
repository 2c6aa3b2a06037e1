/** @file The keys worth knowing, below everything; all of them behind the last. */
import { useHints } from '../state/hints';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

export function KeyBar() {
  return (
    <footer className={styles.keys} data-part="keys">
      {playWords.keys.bar.map(([keys, does]) => (
        <span key={keys}>
          <kbd>{keys}</kbd> {does}
        </span>
      ))}
      <button
        type="button"
        className={styles.allKeys}
        onClick={() => useHints.setState({ keysOpen: true })}
        data-testid="keys-button"
      >
        <kbd>?</kbd> {playWords.keys.all}
      </button>
    </footer>
  );
}

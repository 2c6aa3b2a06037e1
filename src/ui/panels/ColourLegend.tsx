/** @file The scale of a colouring: its bins in a row between its ends. */
import type { TokenColour } from '../state/model';
import { playWords } from '../strings-play';
import styles from './tokens.module.css';

const diverging = [-7, -5, -3, -1, 0, 1, 3, 5, 7].map((bin) => (bin === 0 ? '' : `d${bin}`));
const sequential = [0, 2, 4, 6, 8, 10, 12, 14, 15].map((bin) => `s${bin}`);

export function ColourLegend({ colour }: { colour: TokenColour }) {
  const [low, middle, high] = playWords.tokens.legend[colour];
  const bins = colour === 'logprob' || colour === 'entropy' ? sequential : diverging;
  return (
    <span className={styles.scale}>
      <span>{low}</span>
      <span className={styles.bins} aria-hidden="true">
        {bins.map((bin, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place.
          <span key={i} data-bin={bin} className={styles.binSwatch}>
            {i === 4 ? middle : ''}
          </span>
        ))}
      </span>
      <span>{high}</span>
    </span>
  );
}

/** @file The rewards of a group as bars, where they are more than right and wrong. */
import { fixed } from '../format';
import { playWords } from '../strings-play';
import styles from './group.module.css';
import { histogram } from './histogram';

const size = { width: 72, height: 18 };

export function RewardHistogram({ rewards }: { rewards: readonly number[] }) {
  if (rewards.every((reward) => reward === 0 || reward === 1)) return null;
  const bars = histogram(rewards);
  const most = Math.max(...bars.map(({ count }) => count));
  const width = size.width / bars.length;
  const label = playWords.group.histogram(
    bars
      .filter(({ count }) => count > 0)
      .map(
        ({ from, to, count }) => `${count} × ${from === to ? fixed(from) : `${fixed(from)} … ${fixed(to)}`}`,
      )
      .join(', '),
  );
  return (
    <svg
      className={styles.histogram}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={label}
      data-testid="reward-histogram"
    >
      <title>{label}</title>
      <path className={styles.histogramAxis} d={`M0 ${size.height - 0.5}H${size.width}`} />
      {bars.map(({ from, count }, i) => {
        const height = (count / most) * (size.height - 2);
        return (
          <rect
            key={from}
            x={i * width + 0.5}
            y={size.height - 1 - height}
            width={Math.max(1, width - 1)}
            height={height}
          />
        );
      })}
    </svg>
  );
}

/** @file How likely a group is to teach nothing at the present accuracy: all its answers right, or all wrong. */
import { percent } from '../format';
import { effectiveConfig } from '../state/model';
import { useUi } from '../state/store';
import { playWords } from '../strings-play';
import styles from './settings.module.css';
import { uniformChance } from './uniform-chance';

export function GroupForecast() {
  const size = useUi((state) => effectiveConfig(state).group_size);
  const accuracy = useUi((state) => state.history.at(-1)?.metrics['critic/score/mean']);
  if (accuracy === undefined) return null;
  return (
    <p className={styles.memory} data-testid="group-forecast">
      {playWords.settings.forecast(percent(accuracy, 0), size, percent(uniformChance(accuracy, size)))}
    </p>
  );
}

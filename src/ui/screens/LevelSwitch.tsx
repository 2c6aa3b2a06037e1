/** @file Play | Lab: the same run at two levels of detail. */
import { Button } from '../kit/Button';
import { levels } from '../state/link';
import { navigate } from '../state/link-sync';
import { useView } from '../state/view';
import { linkStrings } from '../strings-link';
import styles from './level.module.css';

const words = linkStrings.level;

export function LevelSwitch() {
  const current = useView((state) => state.level);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices.
    <div className={styles.switch} role="group" aria-label={words.label} data-part="level">
      {levels.map((level) => (
        <Button
          key={level}
          aria-pressed={level === current}
          title={level === 'play' ? words.playTitle : words.labTitle}
          onClick={() => navigate({ level })}
          data-testid={`level-${level}`}
        >
          {words[level]}
        </Button>
      ))}
    </div>
  );
}

/** @file One sampled answer as a row: right or wrong, reward, advantage, its text with the marks of clipped tokens. */
import { memo } from 'react';
import type { AnswerView } from '../../../workers/protocol';
import { fixed, signed } from '../format';
import { strings } from '../strings';
import styles from './group.module.css';
import { Tokens } from './Tokens';
import type { TokenPaint } from './token-colour';

interface AnswerRowProps {
  answer: AnswerView;
  index: number;
  selected: boolean;
  paints: readonly TokenPaint[];
  onSelect(index: number): void;
}

export const AnswerRow = memo(function AnswerRow({
  answer,
  index,
  selected,
  paints,
  onSelect,
}: AnswerRowProps) {
  const words = strings.group;
  const { score, advantage } = answer;
  const direction = advantage > 0 ? styles.up : advantage < 0 ? styles.down : undefined;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: j, k and the arrow keys of the list do the same.
    <div
      role="option"
      id={`answer-${index}`}
      aria-selected={selected}
      className={selected ? `${styles.row} ${styles.selected}` : styles.row}
      data-testid="answer-row"
      data-correct={score.correct}
      onClick={() => onSelect(index)}
    >
      <span className={`data ${styles.number}`}>#{index + 1}</span>
      <span className={styles.mark} role="img" aria-label={score.correct ? words.right : words.wrong}>
        {score.correct ? '●' : '○'}
      </span>
      <span className="data">{fixed(score.total)}</span>
      <span className={`data ${styles.advantage} ${direction ?? ''}`}>
        {words.advantage} {signed(advantage)}
      </span>
      <span className={styles.text}>
        {answer.finish === 'length' && <span className={styles.badge}>{words.truncated}</span>}
        {score.overlong < 0 && <span className={styles.badge}>{words.overlong(fixed(score.overlong))}</span>}
        <Tokens answer={answer} paints={paints} />
      </span>
    </div>
  );
});

/** @file One sampled answer as a row: right or wrong, reward, advantage, length, its text with the marks of clipped tokens. */
import { memo } from 'react';
import type { AnsweringView, AnswerView } from '../../../workers/protocol';
import { fixed, signed } from '../format';
import { keyWords } from '../state/key-map';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import styles from './group.module.css';
import { Tokens } from './Tokens';
import type { TokenPaint } from './token-colour';

interface AnswerRowProps {
  answer: AnswerView;
  index: number;
  selected: boolean;
  /** Its verdict is turned round by hand. */
  flipped: boolean;
  /** 1 or 2 where it is marked, else 0. */
  marked: number;
  paints: readonly TokenPaint[];
  onSelect(index: number): void;
  onFlip(index: number): void;
}

export const AnswerRow = memo(function AnswerRow({
  answer,
  index,
  selected,
  flipped,
  marked,
  paints,
  onSelect,
  onFlip,
}: AnswerRowProps) {
  const words = strings.group;
  const { score, advantage } = answer;
  const direction = advantage > 0 ? styles.up : advantage < 0 ? styles.down : undefined;
  const flip = playWords.whatIf.flip(index + 1, !score.correct);
  return (
    <li
      className={selected ? `${styles.row} ${styles.selected}` : styles.row}
      data-testid="answer-row"
      data-selected={selected}
      data-correct={score.correct}
      data-flipped={flipped || undefined}
    >
      <button
        type="button"
        className={`data ${styles.reward}`}
        aria-pressed={flipped}
        title={flip}
        tabIndex={selected ? 0 : -1}
        data-testid="flip-reward"
        onClick={() => onFlip(index)}
      >
        <span className={styles.mark} role="img" aria-label={score.correct ? words.right : words.wrong}>
          {score.correct ? '●' : '○'}
        </span>
        {fixed(score.total)}
      </button>
      <button
        type="button"
        id={`answer-${index}`}
        aria-current={selected}
        tabIndex={selected ? 0 : -1}
        className={styles.option}
        onClick={() => onSelect(index)}
      >
        <span className={`data ${styles.number}`}>#{index + 1}</span>
        <span className={`data ${styles.advantage} ${direction ?? ''}`} title={words.advantageTitle}>
          {words.advantage} {signed(advantage)}
        </span>
        <span className={`data ${styles.length}`} data-testid="answer-length">
          {playWords.answering.tokens(answer.tokens.length)}
        </span>
        <span className={styles.text}>
          {marked > 0 && (
            <span
              className={`${styles.badge} ${styles.marked}`}
              title={keyWords(words.markedTitle)}
              data-testid="marked"
            >
              {words.marked(marked)}
            </span>
          )}
          {answer.finish === 'length' && <span className={styles.badge}>{words.truncated}</span>}
          {score.overlong < 0 && (
            <span className={styles.badge}>{words.overlong(fixed(score.overlong))}</span>
          )}
          <Tokens answer={answer} paints={paints} />
        </span>
      </button>
    </li>
  );
});

/** An answer that is being written. */
export function GrowingRow({ answer, index }: { answer: AnsweringView['answers'][number]; index: number }) {
  const words = playWords.answering;
  return (
    <li className={styles.row} data-testid="growing-row" data-ended={answer.ended || undefined}>
      <span className={`data ${styles.reward} ${styles.unscored}`}>
        {answer.ended ? words.ended : words.growing}
      </span>
      <div className={`${styles.option} ${styles.still}`}>
        <span className={`data ${styles.number}`}>#{index + 1}</span>
        <span className={`data ${styles.advantage} ${styles.unscored}`}>–</span>
        <span className={`data ${styles.length}`}>{words.tokens(answer.tokens)}</span>
        <span className={styles.text}>
          {answer.text}
          {!answer.ended && <span className={styles.caret} aria-hidden="true" />}
        </span>
      </div>
    </li>
  );
}

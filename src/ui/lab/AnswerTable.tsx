/** @file All answers of a step, one a line; only the lines in view exist. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { fixed, signed } from '../format';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { labStrings } from '../strings-lab';
import styles from './lab.module.css';
import type { AnswerLine, LabAnswer } from './rollout-model';
import rollouts from './rollouts.module.css';
import { inspect } from './rollouts-store';

const words = labStrings.rollouts;
const lineHeight = 31;

/** `uid answer` of what the inspector shows. */
export function useSelected(): string {
  const live = useUi((state) => `${state.shownUid} ${state.answer}`);
  const past = useView((state) => state.past);
  return past ? `${past.uid} ${past.answer}` : live;
}

export function AnswerTable({ lines }: { lines: readonly AnswerLine[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const selected = useSelected();
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 12,
  });
  const { columns } = words;
  return (
    <>
      <div className={`${rollouts.head} ${rollouts.answerLine}`} data-group="" aria-hidden="true">
        <span>{columns.group}</span>
        <span />
        <span />
        <span className={rollouts.number}>{columns.reward}</span>
        <span className={rollouts.number}>{columns.advantage}</span>
        <span className={rollouts.number}>{columns.length}</span>
        <span>{columns.text}</span>
      </div>
      <section
        ref={scroller}
        className={rollouts.list}
        aria-label={words.tabs.answers}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
        tabIndex={0}
      >
        <div className={rollouts.canvas} style={{ blockSize: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const { group, answer } = lines[item.index];
            const key = `${group.uid} ${answer.index}`;
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={rollouts.item}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button
                  type="button"
                  className={rollouts.row}
                  aria-current={selected === key}
                  data-testid="answer-line"
                  onClick={() => inspect(group, answer.index)}
                >
                  <AnswerCells answer={answer} group={group.uid.split('-').slice(1).join('-')} />
                </button>
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}

export function AnswerCells({ answer, group }: { answer: LabAnswer; group?: string }) {
  return (
    <span className={rollouts.answerLine} data-group={group}>
      {group !== undefined && <span className="data">{group}</span>}
      <span className={`data ${styles.muted}`}>#{answer.index + 1}</span>
      <span role="img" aria-label={answer.correct ? words.right : words.wrong}>
        {answer.correct ? '●' : '○'}
      </span>
      <span className={`data ${rollouts.number}`}>{fixed(answer.reward)}</span>
      <span className={`data ${rollouts.number}`}>{signed(answer.advantage)}</span>
      <span className={`data ${rollouts.number}`}>{answer.length}</span>
      <span className={rollouts.words}>
        {answer.truncated && <span className={styles.badge}>{words.truncated}</span>} {answer.text}
      </span>
    </span>
  );
}

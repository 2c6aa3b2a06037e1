/** @file The group: answers to one question with rewards and advantages, and why the group was kept or dropped. */
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { GroupView } from '../../../workers/protocol';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { effectiveConfig, shownGroup } from '../state/model';
import { followNewest, showAnswer, useUi } from '../state/store';
import { strings } from '../strings';
import { AnswerRow } from './AnswerRow';
import styles from './group.module.css';
import panel from './panel.module.css';
import { RewardBreakdown } from './RewardBreakdown';
import { StartHere } from './StartHere';
import { paintAnswer } from './token-colour';

const words = strings.group;

export function GroupPanel() {
  const group = useUi(shownGroup);
  const groups = useUi((state) => state.groups);
  const follow = useUi((state) => state.follow);
  const ofStep = groups.filter((other) => other.step === group?.step);
  return (
    <section className={panel.panel} aria-labelledby="group-title" data-testid="group-panel">
      <div className={panel.head}>
        <h2 id="group-title">{words.title(group?.answers.length ?? 0)}</h2>
        {group && (
          <span className={`data ${panel.muted}`}>
            {words.position(ofStep.indexOf(group) + 1, ofStep.length, group.step)}
          </span>
        )}
        <span className={panel.grow} />
        {group && !follow && (
          <Button onClick={followNewest} data-testid="follow-button">
            {words.follow}
          </Button>
        )}
      </div>
      {group ? <Answers group={group} /> : <StartHere />}
    </section>
  );
}

function Answers({ group }: { group: GroupView }) {
  const selected = Math.min(
    useUi((state) => state.answer),
    group.answers.length - 1,
  );
  const colour = useUi((state) => state.colour);
  const low = useUi((state) => effectiveConfig(state).clip_ratio_low);
  const high = useUi((state) => effectiveConfig(state).clip_ratio_high);
  const c = useUi((state) => effectiveConfig(state).clip_ratio_c);
  const list = useRef<HTMLDivElement>(null);
  const paints = useMemo(() => {
    const bounds = { clipRatioLow: low, clipRatioHigh: high, clipRatioC: c };
    return group.answers.map((answer) => paintAnswer(answer, colour, bounds));
  }, [group, colour, low, high, c]);

  useEffect(() => {
    list.current?.querySelector(`#answer-${selected}`)?.scrollIntoView({ block: 'nearest' });
  }, [selected]);

  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    showAnswer(selected + by);
  };

  const ordered = [...group.answers].sort((a, b) => b.score.total - a.score.total);
  return (
    <>
      <div className={`data ${styles.facts}`}>
        <span>
          {words.mean} <b>{fixed(group.mean)}</b>
        </span>
        <span>
          {words.std} <b>{fixed(group.std)}</b>
        </span>
        <span className={styles.dots} aria-hidden="true">
          {ordered.map((answer) => (answer.score.correct ? '●' : '○')).join('')}
        </span>
        {group.kept ? (
          <span>{keptWords(group)}</span>
        ) : (
          <span data-testid="drop-reason">{words.dropped(words.reasons[group.dropReason ?? 'surplus'])}</span>
        )}
      </div>
      <div
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={words.title(group.answers.length)}
        aria-activedescendant={`answer-${selected}`}
        className={styles.answers}
        onKeyDown={onKeyDown}
        data-own-vertical=""
      >
        {group.answers.map((answer, index) => (
          <AnswerRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the sample number is the answer's identity in its group.
            key={index}
            answer={answer}
            index={index}
            selected={index === selected}
            paints={paints[index]}
            onSelect={showAnswer}
          />
        ))}
      </div>
      <RewardBreakdown group={group} answer={group.answers[selected]} />
    </>
  );
}

/** Without the filter by correctness, groups stay that teach little; the words say what is left to learn from. */
function keptWords({ answers }: GroupView): string {
  const [first] = answers;
  if (answers.some(({ score }) => score.correct !== first.score.correct)) return words.kept;
  return answers.some(({ score }) => score.total !== first.score.total)
    ? words.keptByLength
    : words.keptUniform;
}

/** @file The group: answers to one question with rewards and advantages, and why the group was kept or dropped. */
import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from 'react';
import type { AnsweringView, GroupView } from '../../../workers/protocol';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { useHints } from '../state/hints';
import { useMarks } from '../state/marks';
import { flipReward, followNewest, levelUp, showAnswer, useUi } from '../state/store';
import { imaginedGroup } from '../state/what-if';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { AnswerRow, GrowingRow } from './AnswerRow';
import { useShownObjective } from './answer-terms';
import { DroppedGroups } from './DroppedGroups';
import styles from './group.module.css';
import { ImaginedFlag } from './ImaginedFlag';
import { keptWords } from './kept-words';
import panel from './panel.module.css';
import { RewardBreakdown } from './RewardBreakdown';
import { RewardHistogram } from './RewardHistogram';
import { StartHere } from './StartHere';
import { useSettled } from './settled';
import { paintAnswer } from './token-colour';

const words = strings.group;
const whatIfWords = playWords.whatIf;
const more = playWords.group;
/** Tokens painted in a row, by how much of answers is shown; longer ones stand whole in the token view. */
const rowTokens = [40, 160, 600] as const;
const none: readonly number[] = [];

export function GroupPanel() {
  const group = useSettled(imaginedGroup);
  const groups = useSettled((state) => state.groups);
  const follow = useUi((state) => state.follow);
  const whatIf = useSettled((state) => state.whatIf);
  const answering = useSettled((state) => state.answering);
  const ofStep = groups.filter((other) => other.step === group?.step);
  const isImagined = whatIf !== null && whatIf.uid === group?.uid;
  return (
    <section
      className={`${panel.panel} ${styles.panel}`}
      aria-labelledby="group-title"
      data-testid="group-panel"
      data-what-if={isImagined || undefined}
    >
      <div className={panel.head}>
        <h2 id="group-title">{words.title((answering ?? group)?.answers.length ?? 0)}</h2>
        {answering && (
          <span className={`data ${panel.muted}`}>{playWords.answering.position(answering.step)}</span>
        )}
        {group && !answering && (
          <span className={`data ${panel.muted}`}>
            {words.position(ofStep.findIndex(({ uid }) => uid === group.uid) + 1, ofStep.length, group.step)}
          </span>
        )}
        {!isImagined && <ImaginedFlag />}
        <span className={panel.grow} />
        {group && !follow && (
          <Button onClick={followNewest} data-testid="follow-button">
            {words.follow}
          </Button>
        )}
      </div>
      {answering ? (
        <Growing answering={answering} />
      ) : group ? (
        <Answers group={group} flipped={isImagined ? whatIf.flipped : none} />
      ) : (
        <StartHere />
      )}
      <DroppedGroups step={group?.step ?? 0} />
    </section>
  );
}

const Answers = memo(function Answers({ group, flipped }: { group: GroupView; flipped: readonly number[] }) {
  const selected = Math.min(
    useUi((state) => state.answer),
    group.answers.length - 1,
  );
  const colour = useUi((state) => state.colour);
  const objective = useShownObjective();
  const detail = useHints((state) => state.detail);
  const marks = useMarks((state) => state.marks);
  const list = useRef<HTMLUListElement>(null);
  const paints = useMemo(
    () => group.answers.map((answer) => paintAnswer(answer, colour, objective, rowTokens[detail])),
    [group, colour, objective, detail],
  );

  const before = useRef(selected);
  useEffect(() => {
    // Scrolling lays out the whole page: only for a choice, not for a list that has just come.
    if (before.current === selected) return;
    before.current = selected;
    const row = list.current?.querySelector(`#answer-${selected}`);
    row?.closest('li')?.scrollIntoView({ block: 'nearest' });
    // Arrow keys take the focus along; the keys j and k leave it where it is.
    const focused = document.activeElement;
    if (focused && focused !== row && focused.id.startsWith('answer-') && row instanceof HTMLElement)
      row.focus();
  }, [selected]);

  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    showAnswer(selected + by);
  };

  return (
    <>
      <GroupFacts group={group} isImagined={flipped.length > 0} />
      <ul
        ref={list}
        aria-label={words.title(group.answers.length)}
        className={styles.answers}
        onKeyDown={onKeyDown}
        data-own-vertical=""
        data-detail={detail}
      >
        {group.answers.map((answer, index) => (
          <AnswerRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the sample number is the answer's identity in its group.
            key={index}
            answer={answer}
            index={index}
            selected={index === selected}
            flipped={flipped.includes(index)}
            marked={1 + marks.findIndex((mark) => mark.uid === group.uid && mark.index === index)}
            paints={paints[index]}
            onSelect={showAnswer}
            onFlip={flipReward}
          />
        ))}
      </ul>
      {detail > 0 && <RewardBreakdown group={group} answer={group.answers[selected]} />}
    </>
  );
});

/** Answers while they are written: without reward, advantage and colour, which come with the score. */
function Growing({ answering }: { answering: AnsweringView }) {
  const { answers, whole } = answering;
  const growing = playWords.answering;
  const ended = answers.filter((answer) => answer.ended).length;
  return (
    <>
      <div className={`data ${styles.facts}`}>
        <span data-testid="answering">{whole ? growing.whole : growing.facts(ended, answers.length)}</span>
      </div>
      <ul
        aria-label={words.title(answers.length)}
        aria-busy={!whole}
        className={styles.answers}
        // The newest words are what is watched.
        data-detail="0"
      >
        {answers.map((answer, index) => (
          <GrowingRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the sample number is the answer's identity in its group.
            key={index}
            answer={answer}
            index={index}
          />
        ))}
      </ul>
    </>
  );
}

function GroupFacts({ group, isImagined }: { group: GroupView; isImagined: boolean }) {
  const ordered = [...group.answers].sort((a, b) => b.score.total - a.score.total);
  const isUniform = ordered.every(({ score }) => score.total === ordered[0].score.total);
  return (
    <div className={`data ${styles.facts}`}>
      <span>
        {words.mean} <b>{fixed(group.mean)}</b>
      </span>
      <span title={words.stdTitle}>
        {words.std} <b>{fixed(group.std)}</b>
      </span>
      <span className={styles.dots} aria-hidden="true">
        {ordered.map((answer) => (answer.score.correct ? '●' : '○')).join('')}
      </span>
      {group.retrospective && (
        <span
          className={styles.badge}
          title={more.pool(group.retrospective.visits, fixed(group.retrospective.lastReward))}
          data-testid="from-pool"
        >
          {more.poolBadge}
        </span>
      )}
      <RewardHistogram rewards={ordered.map(({ score }) => score.total)} />
      {isImagined ? (
        <span className={styles.whatIf} data-testid="what-if">
          <b className={panel.flag} title={whatIfWords.scale}>
            {whatIfWords.label}
          </b>
          {isUniform && whatIfWords.noGradient}
          <Button look="quiet" className={styles.clear} onClick={levelUp}>
            {whatIfWords.clear}
          </Button>
          <output className="unseen">{whatIfWords.said(fixed(group.mean), fixed(group.std))}</output>
        </span>
      ) : group.kept ? (
        <span title={words.keptTitle} data-testid="kept">
          {keptWords(group)}
        </span>
      ) : (
        <DropReason group={group} isUniform={isUniform} />
      )}
    </div>
  );
}

/** Why the group left; an all-right group with other overlong terms leaves all the same, and that is said. */
function DropReason({ group, isUniform }: { group: GroupView; isUniform: boolean }) {
  const reason = group.dropReason ?? 'surplus';
  const despite = !isUniform && (reason === 'all right' || reason === 'all wrong');
  return (
    <span data-testid="drop-reason">
      {words.dropped(words.reasons[reason])}
      {despite && `; ${playWords.group.droppedDespiteLength}`}
    </span>
  );
}

/**
 * @file Why an answer got its reward: rule, judge, parsed answer beside the gold one as they are compared, both formulas with
 * their numbers.
 */
import { Fragment, useMemo } from 'react';
import type { AnswerView, GroupView } from '../../../workers/protocol';
import type { JudgeResult, Score } from '../../reward/types';
import { type ComparedPiece, comparedAnswer } from '../../run/compared-answer';
import type { RunConfig } from '../../run/config';
import { fixed, signed } from '../format';
import { Button } from '../kit/Button';
import { showJudgeDialog } from '../state/judge-dialog';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { configShownAt } from '../state/what-if-settings';
import { strings } from '../strings';
import { judgeStrings } from '../strings-judge';
import { playWords } from '../strings-play';
import styles from './group.module.css';
import { ImaginedFlag } from './ImaginedFlag';

const words = strings.breakdown;
const more = playWords.reward;

export function RewardBreakdown({ group, answer }: { group: GroupView; answer: AnswerView }) {
  const normalised = useUi((state) => configShownAt(state, group.step).norm_adv_by_std);
  const rule = useUi((state) => configShownAt(state, group.step)['reward.rule']);
  const mode = useUi((state) => configShownAt(state, group.step)['reward.mode']);
  const { score } = answer;
  return (
    <div className={styles.breakdown} data-testid="reward-breakdown">
      <dl className="data">
        <dt>{words.rule}</dt>
        <dd>
          {fixed(score.rule, 1)} ({rule}: {words.outcomes[score.reason] ?? score.reason.replaceAll('_', ' ')})
        </dd>
        <dt>{words.judge}</dt>
        <dd>
          <JudgeVerdict judge={score.judge} />
        </dd>
        <dt>{words.parsed}</dt>
        <dd>{score.parsed ?? words.nothing}</dd>
        <dt>{words.gold}</dt>
        <dd>{group.gold.join(' | ')}</dd>
        <Compared group={group} parsed={score.parsed} />
      </dl>
      <p className={`data ${styles.formula}`} data-testid="reward-formula">
        {words.total} = {rewardFormula(score, mode)}
      </p>
      <p className={`data ${styles.formula}`}>
        {normalised
          ? words.advantage(fixed(score.total), fixed(group.mean), fixed(group.std), signed(answer.advantage))
          : words.advantagePlain(fixed(score.total), fixed(group.mean), signed(answer.advantage))}
      </p>
      <ImaginedFlag named />
    </div>
  );
}

/** The formula of a reward with its numbers: paper Eq. 14 plus the overlong term of Eq. 7. */
export function rewardFormula(
  { rule, judge, overlong, total }: Score,
  mode: RunConfig['reward.mode'],
): string {
  const verdict = judge.asked ? more.asked(judge.verdict) : more.notAsked;
  return more.total(more.base[mode](fixed(rule, 1), verdict, judge.asked), fixed(overlong), fixed(total));
}

/** Answer and gold as the rule sees them, what only one of them has marked by its side. */
function Compared({ group, parsed }: { group: GroupView; parsed: string | null }) {
  const rule = useUi((state) => configShownAt(state, group.step)['reward.rule']);
  const compared = useMemo(
    () => comparedAnswer(group.family, rule, parsed, group.gold),
    [group.family, group.gold, rule, parsed],
  );
  // Equal to the letter, as the line above says already.
  if (!compared || (parsed !== null && group.gold.includes(parsed))) return null;
  const isEqual = compared.pieces.every(({ side }) => side === 'both');
  return (
    <>
      <dt title={more.comparedTitle}>{more.compared}</dt>
      <dd className={styles.wide} data-testid="compared">
        {compared.pieces.map(({ text, side }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place.
          <Fragment key={i}>
            <Piece text={text} side={side} />{' '}
          </Fragment>
        ))}
        {isEqual && <span className={styles.note}>({more.equal})</span>}
      </dd>
    </>
  );
}

function Piece({ text, side }: ComparedPiece) {
  if (side === 'both') return text;
  const title = more.sides[side];
  return side === 'answer' ? (
    <del className={styles.onlyAnswer} title={title}>
      {text}
    </del>
  ) : (
    <ins className={styles.onlyGold} title={title}>
      {text}
    </ins>
  );
}

/** What the judge said of this answer, or why it said nothing; the way to one where there is none. */
function JudgeVerdict({ judge }: { judge: JudgeResult }) {
  const canLoad = useUi((state) => state.judge.state === 'off' && !isReplay(state));
  const said = judgeStrings.breakdown;
  if (judge.asked) return said.asked(judge.verdict, fixed(judge.probability), judge.reply.slice(-maxReply));
  return (
    <>
      {said.notAsked(judge.reason)}{' '}
      {canLoad && (
        <Button
          look="quiet"
          className={styles.inline}
          onClick={() => showJudgeDialog(true)}
          data-testid="breakdown-judge"
        >
          {said.open}
        </Button>
      )}
    </>
  );
}

/** Characters of a reply's end, where the decision stands. */
const maxReply = 120;

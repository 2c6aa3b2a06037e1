/** @file Why an answer got its reward: rule, judge, overlong term, parsed answer beside the gold one, and the advantage. */
import type { AnswerView, GroupView } from '../../../workers/protocol';
import type { JudgeResult } from '../../reward/types';
import { fixed, signed } from '../format';
import { Button } from '../kit/Button';
import { showJudgeDialog } from '../state/judge-dialog';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { judgeStrings } from '../strings-judge';
import styles from './group.module.css';

const words = strings.breakdown;

export function RewardBreakdown({ group, answer }: { group: GroupView; answer: AnswerView }) {
  const normalised = useUi((state) => state.config.norm_adv_by_std);
  const rule = useUi((state) => state.config['reward.rule']);
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
        <dt>{words.overlong}</dt>
        <dd>{fixed(score.overlong)}</dd>
        <dt>{words.total}</dt>
        <dd>{words.formula(fixed(score.base), fixed(score.overlong), fixed(score.total))}</dd>
      </dl>
      <p className={`data ${styles.formula}`}>
        {normalised
          ? words.advantage(fixed(score.total), fixed(group.mean), fixed(group.std), signed(answer.advantage))
          : words.advantagePlain(fixed(score.total), fixed(group.mean), signed(answer.advantage))}
      </p>
    </div>
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

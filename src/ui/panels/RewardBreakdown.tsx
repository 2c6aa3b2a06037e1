/** @file Why an answer got its reward: rule, judge, overlong term, parsed answer beside the gold one, and the advantage. */
import type { AnswerView, GroupView } from '../../../workers/protocol';
import { fixed, signed } from '../format';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './group.module.css';

const words = strings.breakdown;

export function RewardBreakdown({ group, answer }: { group: GroupView; answer: AnswerView }) {
  const normalised = useUi((state) => state.config.norm_adv_by_std);
  const rule = useUi((state) => state.config['reward.rule']);
  const { score } = answer;
  const judge = score.judge.asked
    ? words.asked(score.judge.verdict, fixed(score.judge.probability))
    : words.notAsked(score.judge.reason);
  return (
    <div className={styles.breakdown} data-testid="reward-breakdown">
      <dl className="data">
        <dt>{words.rule}</dt>
        <dd>
          {fixed(score.rule, 1)} ({rule}: {words.outcomes[score.reason] ?? score.reason.replaceAll('_', ' ')})
        </dd>
        <dt>{words.judge}</dt>
        <dd>{judge}</dd>
        <dt>{words.parsed}</dt>
        <dd>{score.parsed ?? words.nothing}</dd>
        <dt>{words.gold}</dt>
        <dd>{group.gold.join(' | ')}</dd>
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

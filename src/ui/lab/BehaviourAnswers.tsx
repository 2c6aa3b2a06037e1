/** @file The answers behind a count, their phrases marked where they stand; each opens in the inspector. */
import type { BehaviourCount } from '../../run/behaviour-counts';
import { fixed } from '../format';
import { groupPart } from '../state/link';
import { behaviourStrings } from '../strings-behaviours';
import { useSelected } from './AnswerTable';
import { piecesOf } from './behaviour-pieces';
import own from './behaviours.module.css';
import styles from './lab.module.css';
import type { AnswerLine } from './rollout-model';
import { inspect } from './rollouts-store';

const words = behaviourStrings.answers;
const names = behaviourStrings.names;
const maxListed = 60;

export function BehaviourAnswers({
  count: { behaviour, answers },
  step,
}: {
  count: BehaviourCount<AnswerLine & { text: string }>;
  step: number;
}) {
  const selected = useSelected();
  return (
    <section aria-labelledby="behaviour-answers-title" data-testid="behaviour-answers">
      <h3 id="behaviour-answers-title">{words.title(names[behaviour], step)}</h3>
      {answers.length === 0 && <p className={styles.muted}>{words.none(names[behaviour])}</p>}
      <ul className={own.answers}>
        {answers.slice(0, maxListed).map(({ answer: { group, answer, text }, found }) => {
          const key = `${group.uid} ${answer.index}`;
          return (
            <li key={key} data-testid="behaviour-answer">
              <button
                type="button"
                className={`data ${own.open}`}
                aria-current={key === selected}
                title={words.inspect(groupPart(group.uid), answer.index + 1)}
                onClick={() => inspect(group, answer.index)}
              >
                {groupPart(group.uid)} #{answer.index + 1} {answer.correct ? '●' : '○'} {fixed(answer.reward)}
              </button>
              <p className={own.text}>
                {piecesOf(text, found).map((piece) =>
                  piece.behaviours.length === 0 ? (
                    piece.text
                  ) : (
                    <mark
                      key={piece.at}
                      className={own.mark}
                      data-behaviour={piece.behaviours.includes(behaviour) ? behaviour : piece.behaviours[0]}
                      title={piece.behaviours.map((one) => names[one]).join(', ')}
                    >
                      {piece.text}
                    </mark>
                  ),
                )}
              </p>
            </li>
          );
        })}
      </ul>
      {answers.length > maxListed && <p className={styles.muted}>{words.more(answers.length - maxListed)}</p>}
    </section>
  );
}

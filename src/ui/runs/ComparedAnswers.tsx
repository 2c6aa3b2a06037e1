/** @file The answers of both runs to one question, side by side, with a mark where each pair parts. */
import type { ComparedAnswer } from '../../../workers/runs-protocol';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { NumberField } from '../kit/NumberField';
import { chooseQuestion, chooseStep, nextDifference, useCompare } from '../state/compare';
import { keyLabel } from '../state/key-map';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';

const words = runStrings.compare;

/** Of a long prompt, its end holds the question. */
const shownPrompt = 240;

export function ComparedAnswers() {
  const { questions, questionsOf, question, runs, step } = useCompare();
  if (questionsOf === null || !runs || runs.lastCommon === null) return <p>{words.noAnswers}</p>;
  const shown = questions[question];
  const parted = questions.filter(({ answers }) => answers.some(({ token }) => token !== null)).length;
  return (
    <section className={styles.answers} aria-label={words.answers}>
      <div className={styles.bar}>
        <span className={styles.field}>
          {words.step}
          <NumberField
            label={words.step}
            value={questionsOf}
            min={runs.steps[0]}
            max={runs.lastCommon}
            step={1}
            testId="compare-step"
            onCommit={(step) => void chooseStep(nearestOf(runs.steps, step))}
          />
        </span>
        <input
          type="range"
          className={styles.scrubber}
          aria-label={words.scrub}
          title={words.scrub}
          aria-valuetext={words.atStep(questionsOf)}
          min={0}
          max={runs.steps.length - 1}
          step={1}
          value={Math.max(0, runs.steps.indexOf(step ?? questionsOf))}
          onChange={({ target }) => void chooseStep(runs.steps[Number(target.value)])}
          data-testid="compare-scrubber"
        />
        <Button
          shortcut={keyLabel('questionPrevious')}
          onClick={() => chooseQuestion(-1)}
          disabled={question === 0}
        >
          {words.previous}
        </Button>
        <span className="data">{words.position(question + 1, questions.length)}</span>
        <Button
          shortcut={keyLabel('questionNext')}
          onClick={() => chooseQuestion(1)}
          disabled={question >= questions.length - 1}
        >
          {words.next}
        </Button>
        <Button
          shortcut={keyLabel('difference')}
          onClick={nextDifference}
          disabled={parted === 0}
          data-testid="next-difference"
        >
          {words.nextDifference}
        </Button>
        <span className={styles.muted}>{words.parted(parted, questions.length)}</span>
      </div>
      {shown && (
        <>
          <p className={styles.prompt}>
            {shown.input.length > shownPrompt ? `…${shown.input.slice(-shownPrompt)}` : shown.input}
          </p>
          <p>
            {words.gold} <b>{shown.gold}</b>
          </p>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">A ●</th>
                <th scope="col">B ▲</th>
              </tr>
            </thead>
            <tbody>
              {shown.answers.map(({ index, a, b, token }) => (
                <tr key={index}>
                  <th scope="row">{index + 1}</th>
                  <td>
                    <Answer answer={a} token={token} />
                  </td>
                  <td>
                    <Answer answer={b} token={token} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

/** The step of both runs next to a typed one. */
function nearestOf(steps: readonly number[], typed: number): number {
  return steps.reduce((best, step) => (Math.abs(step - typed) < Math.abs(best - typed) ? step : best));
}

function Answer({ answer, token }: { answer: ComparedAnswer | null; token: number | null }) {
  if (!answer) return <span className={styles.muted}>{words.notAsked}</span>;
  const at = answer.differsFrom;
  return (
    <>
      <span className="data">
        {answer.acc ? '●' : '○'} {fixed(answer.score)}
      </span>{' '}
      {at === null ? (
        answer.output
      ) : (
        <>
          {answer.output.slice(0, at)}
          <mark
            className={styles.mark}
            title={words.firstDifference(token ?? 0)}
            data-testid="first-difference"
          >
            ◆{answer.output.slice(at) || words.ends}
          </mark>
        </>
      )}
    </>
  );
}

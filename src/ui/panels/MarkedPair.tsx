/** @file The two marked answers side by side: their numbers, and where their tokens part. */
import type { ReactNode } from 'react';
import type { AnswerView } from '../../../workers/protocol';
import { fixed, signed } from '../format';
import { Window } from '../kit/Window';
import { firstDifferentToken, hideMarked, type MarkedAnswer, useMarks } from '../state/marks';
import { markedWords as words } from '../strings-marked';
import styles from './marked.module.css';

export default function MarkedPair() {
  const marks = useMarks((state) => state.marks);
  const [a, b] = marks;
  if (!a || !b) return null;
  const isSame = a.question === b.question;
  const parts = isSame ? firstDifferentToken(a.answer, b.answer) : null;
  const { rows } = words;
  return (
    <Window title={words.title} close={words.close} testId="marked-pair" onClose={hideMarked}>
      <p>
        {isSame ? (
          <>
            {words.sameQuestion}: <b>{a.question}</b> {words.gold} <span className="data">{a.gold[0]}</span>.{' '}
            {parts === null ? words.equal : words.parts(parts)}
          </>
        ) : (
          words.otherQuestions
        )}
      </p>
      <table className={styles.pair}>
        <thead>
          <tr>
            <td />
            {marks.map((mark, i) => (
              <th scope="col" key={keyOf(mark)}>
                {i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {a.run !== b.run && <Row label={rows.run} marks={marks} of={({ run }) => run} />}
          <Row label={rows.place} marks={marks} of={({ step, index }) => words.place(step, index + 1)} />
          {!isSame && <Row label={rows.question} marks={marks} of={({ question }) => question} />}
          <Row label={rows.reward} marks={marks} of={({ answer }) => rewardOf(answer)} />
          <Row label={rows.advantage} marks={marks} of={({ answer }) => signed(answer.advantage)} />
          <Row label={rows.parsed} marks={marks} of={({ answer }) => answer.score.parsed ?? words.none} />
          <Row label={rows.tokens} marks={marks} of={({ answer }) => answer.tokens.length} />
          <Row label={rows.logprob} marks={marks} of={({ answer }) => fixed(mean(answer.sampledLogprobs))} />
          <Row label={rows.entropy} marks={marks} of={({ answer }) => fixed(mean(answer.entropies))} />
          <Row label={rows.text} marks={marks} of={({ answer }) => <Text answer={answer} parts={parts} />} />
        </tbody>
      </table>
    </Window>
  );
}

interface RowProps {
  label: string;
  marks: readonly MarkedAnswer[];
  of(mark: MarkedAnswer): ReactNode;
}

function Row({ label, marks, of }: RowProps) {
  return (
    <tr>
      <th scope="row">{label}</th>
      {marks.map((mark) => (
        <td key={keyOf(mark)}>{of(mark)}</td>
      ))}
    </tr>
  );
}

function keyOf({ uid, index }: MarkedAnswer): string {
  return `${uid} ${index}`;
}

function rewardOf({ score }: AnswerView): string {
  return `${score.correct ? '●' : '○'} ${fixed(score.total)}`;
}

/** @param parts the first token that differs from the other answer's. */
function Text({ answer, parts }: { answer: AnswerView; parts: number | null }) {
  if (parts === null) return answer.text;
  const before = answer.tokenTexts.slice(0, parts).join('');
  return (
    <>
      {before}
      <mark className={styles.parts} data-testid="marked-parts">
        ◆{answer.text.slice(before.length) || words.ends}
      </mark>
    </>
  );
}

function mean(values: Float32Array): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

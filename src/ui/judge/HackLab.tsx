/** @file The reward-hacking lab on the question the page shows: what answers that know nothing get from every reward. */
import { useEffect, useMemo, useState } from 'react';
import type { GroupView } from '../../../workers/protocol';
import { hackProbes, hackTable, type LabRow, labRewards } from '../../run/hack-lab';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { labJudge } from '../state/judge';
import { shownGroup } from '../state/model';
import { useUi } from '../state/store';
import { judgeStrings } from '../strings-judge';
import styles from './judge.module.css';

const words = judgeStrings.lab;

export function HackLab() {
  const group = useUi(shownGroup);
  // The dialog opens on one question and stays with it, while the page goes on.
  const [shown] = useState(group);
  const question = shown ?? group;
  return (
    <section className={styles.lab} aria-labelledby="lab-title" data-testid="hack-lab">
      <h3 id="lab-title">{words.title}</h3>
      <p className={styles.muted}>{words.intro}</p>
      {question ? <Trials key={question.uid} group={question} /> : <p>{words.none}</p>}
    </section>
  );
}

function Trials({ group }: { group: GroupView }) {
  const text = useUi((state) => (state.document?.id === group.documentId ? state.document.text : ''));
  const judgeState = useUi((state) => `${state.judge.name} ${state.judge.state}`);
  const [own, setOwn] = useState<string[]>([]);
  const [rows, setRows] = useState<readonly LabRow[] | null>(null);
  const question = useMemo(
    () => ({ family: group.family, text: group.question, answers: group.gold, rejected: group.rejected }),
    [group],
  );
  const probes = useMemo(
    () => [
      ...hackProbes(question, text.slice(group.window.start, group.window.end)),
      ...own.map((answer) => ({ name: 'own' as const, answer, honest: false })),
    ],
    [question, text, group, own],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when another judge answers.
  useEffect(() => {
    let current = true;
    void hackTable(question, probes, labJudge).then((found) => current && setRows(found));
    return () => {
      current = false;
    };
  }, [question, probes, judgeState]);

  return (
    <>
      <p>
        {group.question} <span className={styles.muted}>{words.gold}</span> {group.gold.join(' | ')}
      </p>
      <div className={styles.scroll}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
        <table className="data" tabIndex={0} data-testid="lab-table">
          <caption className="unseen">{words.caption(group.question)}</caption>
          <thead>
            <tr>
              <th scope="col">{words.answer}</th>
              {labRewards.map((name) => (
                <th key={name} scope="col">
                  {words.rewards[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows?.map((row) => (
              <Row key={`${row.probe.name} ${row.probe.answer}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {!rows && <p>{words.asking}</p>}
      <OwnAnswer onTry={(answer) => setOwn((before) => [...new Set([...before, answer])].slice(-maxOwn))} />
    </>
  );
}

/** Answers of one's own in the table. */
const maxOwn = 8;

function Row({ row: { probe, rewards, judge } }: { row: LabRow }) {
  return (
    <tr data-testid={`lab-${probe.name}`}>
      <th scope="row">
        <span className={styles.muted}>{words.probes[probe.name]}</span> “{probe.answer}”
      </th>
      {labRewards.map((name) => {
        const isPaid = !probe.honest && probe.name !== 'own' && rewards[name] > 0;
        return (
          <td key={name} className={isPaid ? styles.paid : undefined} title={isPaid ? words.paid : undefined}>
            {fixed(rewards[name], 0)}
            {isPaid && ' ▲'}
            {name === 'judge' && (
              <span className={styles.verdict}>
                {judge.asked
                  ? words.verdict(fixed(judge.probability), judge.reply)
                  : words.ruleStands(judge.reason)}
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function OwnAnswer({ onTry }: { onTry(answer: string): void }) {
  const [text, setText] = useState('');
  const answer = text.trim();
  return (
    <form
      className={styles.actions}
      onSubmit={(event) => {
        event.preventDefault();
        if (answer === '') return;
        onTry(answer);
        setText('');
      }}
    >
      <input
        className={styles.own}
        value={text}
        maxLength={400}
        placeholder={words.own}
        aria-label={words.ownLabel}
        data-testid="own-answer"
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" disabled={answer === ''} data-testid="lab-try">
        {words.try}
      </Button>
    </form>
  );
}

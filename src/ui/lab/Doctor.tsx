/** @file The run doctor: what the rules say of the last steps, with the evidence and a change that may help. */
import { useMemo } from 'react';
import type { SettingKey } from '../../run/config';
import { type DoctorNote, doctorWindow, examine } from '../../run/doctor';
import { compact } from '../format';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { isReplay } from '../state/replay';
import { showRuns } from '../state/runs';
import { getUi, useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { doctorStrings } from '../strings-doctor';
import { replayStrings } from '../strings-replay';
import styles from './lab.module.css';
import overview from './overview.module.css';
import { goToAnswer, goToStep } from './rollouts-store';

const words = doctorStrings;

export function Doctor() {
  const rows = useUi((state) => state.history);
  const evaluations = useUi((state) => state.evaluations);
  const groups = useUi((state) => state.groups);
  const config = useConfig();
  const notes = useMemo(
    () => examine({ rows, config, evaluations, groups }),
    [rows, config, evaluations, groups],
  );
  const early = rows.length < doctorWindow;
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="doctor-title"
      data-testid="doctor"
    >
      <div className={panel.head}>
        <h2 id="doctor-title">{words.title}</h2>
        <span className={styles.muted}>
          {notes.length > 0 ? words.count(notes.length) : early ? words.early(doctorWindow) : words.fine}
        </span>
      </div>
      {notes.length > 0 && (
        <ul className={`${styles.body} ${overview.notes}`}>
          {notes.map((note) => (
            <Note key={note.rule} note={note} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** So many answers of a note are a press away; its steps have the others. */
const shownAnswers = 3;

function Note({
  note: { rule, severity, value, threshold, steps, answers, change: suggestion },
}: {
  note: DoctorNote;
}) {
  const replay = useUi(isReplay);
  const what =
    suggestion &&
    (Object.keys(suggestion) as SettingKey[]).map((key) => `${key} = ${said(suggestion[key])}`).join(', ');
  return (
    <li className={overview.note} data-testid="doctor-note" data-rule={rule}>
      <span className={overview.severity} data-severity={severity}>
        {words.severities[severity]}
      </span>
      <p>{words.rules[rule](value, threshold)}</p>
      {steps && (
        <Button onClick={() => goToStep(steps.to)} title={words.show(steps.from, steps.to)}>
          {words.steps(steps.from, steps.to)}
        </Button>
      )}
      {answers.slice(0, shownAnswers).map((place) => (
        <Button
          key={`${place.uid} ${place.answer}`}
          onClick={() => goToAnswer(place)}
          title={words.answerTitle}
          data-testid="doctor-answer"
        >
          {words.answer(place.step, place.answer + 1)}
        </Button>
      ))}
      {suggestion && what && replay && (
        <span className={styles.muted}>
          {replayStrings.advice} <span className="data">{what}</span>
        </span>
      )}
      {suggestion && what && !replay && (
        <Button
          onClick={() => showRuns(getUi().runId, suggestion)}
          title={words.forkTitle}
          data-testid="doctor-fork"
        >
          {words.fork(what)}
        </Button>
      )}
    </li>
  );
}

function said(value: unknown): string {
  return typeof value === 'number' ? compact(value) : String(value);
}

/** @file What a person writes about a run, saved while they write; what could not be saved waits until it can. */
import { useEffect, useRef, useState } from 'react';
import type { ListedRun } from '../../../workers/runs-protocol';
import { Button } from '../kit/Button';
import { type Problem, problemOf } from '../state/problems';
import { refreshRuns, runsWorker } from '../state/runs';
import { runStrings as words } from '../strings-runs';
import styles from './runs.module.css';

/** Without a key for so long, what is written is saved. */
const restMs = 600;

/** What was written and could not be saved, by run: it is there again when the form is opened again. */
const unsaved = new Map<string, string>();

export function NotesForm({ run, onDone }: { run: ListedRun; onDone(): void }) {
  // Null until the folder has been read, and where its notes are none that can be changed here.
  const [text, setText] = useState<string | null>(null);
  const [state, setState] = useState<'rest' | 'saving' | 'saved'>('rest');
  const [problem, setProblem] = useState<Problem | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { id } = run;

  const save = async (written: string) => {
    clearTimeout(timer.current);
    setState('saving');
    try {
      await (await runsWorker()).writeNotes(id, written);
      if (unsaved.get(id) === written) unsaved.delete(id);
      setProblem(null);
      setState('saved');
    } catch (error) {
      setProblem(problemOf(error));
      setState('rest');
    }
  };

  useEffect(() => {
    let isGone = false;
    const read = async () => {
      try {
        const kept = await (await runsWorker()).notes(id);
        if (!isGone) setText(unsaved.get(id) ?? kept);
      } catch (error) {
        if (!isGone) setProblem(problemOf(error));
      }
    };
    void read();
    return () => {
      isGone = true;
      clearTimeout(timer.current);
      const written = unsaved.get(id);
      // Closed before the pause: saved now, and told by the line in the list.
      if (written !== undefined)
        void runsWorker()
          .then((runs) => runs.writeNotes(id, written))
          .then(() => {
            if (unsaved.get(id) === written) unsaved.delete(id);
          })
          .catch(() => {})
          .then(refreshRuns);
      else void refreshRuns();
    };
  }, [id]);

  return (
    <div>
      {text !== null && (
        <textarea
          className={styles.area}
          // The person has just asked to type here.
          // biome-ignore lint/a11y/noAutofocus: the field appears by the person's own press.
          autoFocus
          dir="auto"
          aria-label={words.notesLabel(run.name)}
          aria-invalid={problem !== null}
          placeholder={words.notesHint}
          value={text}
          onChange={({ target }) => {
            const { value } = target;
            setText(value);
            setState('rest');
            unsaved.set(id, value);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => void save(value), restMs);
          }}
          data-testid="run-notes-text"
        />
      )}
      {problem && (
        <p role="alert" className={styles.problem} data-testid="notes-problem" data-code={problem.code}>
          {problem.message} {problem.advice} <span className="data">{problem.code}</span>
        </p>
      )}
      <div className={styles.actions}>
        <Button onClick={onDone}>{words.notesClose}</Button>
        <output className={styles.muted} data-testid="notes-state">
          {state === 'saving' ? words.notesSaving : state === 'saved' ? words.notesSaved : ''}
        </output>
      </div>
    </div>
  );
}

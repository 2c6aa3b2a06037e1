/** @file One stored run: what it is, and what can be done with it. Renaming, notes, forking and deleting open a line below. */
import { useState } from 'react';
import type { ListedRun } from '../../../workers/runs-protocol';
import { bytes, fixed, whole } from '../format';
import { Button } from '../kit/Button';
import { showCompare, useCompare } from '../state/compare';
import { hideRuns, removeRun, renameRun, useRuns } from '../state/runs';
import { useUi } from '../state/store';
import { replayStrings } from '../strings-replay';
import { runStrings as words } from '../strings-runs';
import { downloadRun, replayRun, resumeRun } from './actions';
import { ForkForm } from './ForkForm';
import { NotesForm } from './NotesForm';
import styles from './runs.module.css';

type Line = 'rename' | 'remove' | 'fork' | 'notes' | null;

export function RunRow({ run }: { run: ListedRun }) {
  const isHere = useUi((state) => state.runId === run.id);
  const untrainable = useUi((state) => state.untrainable);
  const isTwin = useCompare((state) => state.twin === run.id);
  const asked = useRuns((state) => state.forking === run.id);
  const proposed = useRuns((state) => state.forkChange);
  const [line, setLine] = useState<Line>(asked ? 'fork' : null);
  const close = () => setLine(null);
  const last = run.checkpoints.at(-1);
  return (
    <>
      <tr data-testid="run-row" data-run={run.id}>
        <th scope="row" className={styles.name}>
          {run.name}
          {run.difference !== '' && <span className={`data ${styles.notes}`}>“{run.difference}”</span>}
          <span className={styles.notes}>{notesOf(run, isHere, isTwin).join(' · ')}</span>
          {run.note !== '' && (
            <span className={styles.notes} dir="auto" data-testid="run-note">
              {run.note}
            </span>
          )}
        </th>
        <td>{run.config?.preset ?? '–'}</td>
        <td className={`data ${styles.number}`}>{whole(run.steps)}</td>
        <td className={`data ${styles.number}`}>{fixed(run.reward)}</td>
        <td className="data">{dateOf(run.changed)}</td>
        <td className={`data ${styles.number}`}>{bytes(run.bytes)}</td>
        <td>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices. */}
          <div className={styles.actions} role="group" aria-label={words.more(run.name)}>
            {last !== undefined && !isHere && (
              <Button
                look="primary"
                disabled={run.isOpen || run.config === null || untrainable}
                title={untrainable ? replayStrings.untrainable : undefined}
                onClick={() => void resumeRun(run)}
                data-testid="run-resume"
              >
                {last === 0 ? words.begin : words.resume(last)}
              </Button>
            )}
            {run.steps > 0 && (
              <Button
                disabled={run.config === null}
                title={replayStrings.watchStoredTitle}
                onClick={() => void replayRun(run)}
                data-testid="run-replay"
              >
                {replayStrings.watchStored}
              </Button>
            )}
            <Button
              disabled={last === undefined || run.config === null || untrainable}
              title={untrainable ? replayStrings.untrainable : undefined}
              aria-expanded={line === 'fork'}
              onClick={() => setLine(line === 'fork' ? null : 'fork')}
              data-testid="run-fork"
            >
              {words.fork}
            </Button>
            {!isHere && run.steps > 0 && (
              <Button
                onClick={() => {
                  hideRuns();
                  void showCompare(run.id);
                }}
                data-testid="run-compare"
                data-part="compare"
              >
                {words.compareButton}
              </Button>
            )}
            <Button
              aria-expanded={line === 'rename'}
              onClick={() => setLine(line === 'rename' ? null : 'rename')}
              data-testid="run-rename"
            >
              {words.rename}
            </Button>
            <Button
              aria-expanded={line === 'notes'}
              onClick={() => setLine(line === 'notes' ? null : 'notes')}
              data-testid="run-notes"
            >
              {words.notes}
            </Button>
            <Button onClick={() => void downloadRun(run)} data-testid="run-download">
              {words.download}
            </Button>
            <Button
              disabled={run.isOpen}
              aria-expanded={line === 'remove'}
              onClick={() => setLine(line === 'remove' ? null : 'remove')}
              data-testid="run-remove"
            >
              {words.remove}
            </Button>
          </div>
        </td>
      </tr>
      {line && (
        <tr className={styles.below}>
          <td colSpan={7}>
            {line === 'rename' && <RenameLine run={run} onDone={close} />}
            {line === 'remove' && <RemoveLine run={run} onDone={close} />}
            {line === 'notes' && <NotesForm run={run} onDone={close} />}
            {line === 'fork' && <ForkForm run={run} change={asked ? proposed : undefined} />}
          </td>
        </tr>
      )}
    </>
  );
}

function notesOf(run: ListedRun, isHere: boolean, isTwin: boolean): string[] {
  const open = isHere ? words.here : isTwin ? words.twinHere : words.elsewhere;
  return [
    run.isOpen ? open : '',
    run.seedOf ? words.seedOf : '',
    run.forkedFrom ? words.forkedFrom(run.forkedFrom.name, run.forkedFrom.step) : '',
    run.damage ?? (run.checkpoints.length === 0 ? words.noCheckpoint : ''),
    run.adapterClass.startsWith('software') ? words.software : '',
  ].filter((note) => note !== '');
}

function RenameLine({ run, onDone }: { run: ListedRun; onDone(): void }) {
  const [name, setName] = useState(run.name);
  return (
    <form
      className={styles.actions}
      onSubmit={(event) => {
        event.preventDefault();
        void renameRun(run.id, name).then(onDone);
      }}
    >
      <input
        className={styles.text}
        // The person has just asked to type here.
        // biome-ignore lint/a11y/noAutofocus: the field appears by the person's own press.
        autoFocus
        aria-label={words.renameLabel}
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.target.value)}
        data-testid="run-name"
      />
      <Button type="submit" look="primary">
        {words.renameYes}
      </Button>
      <Button onClick={onDone}>{words.cancel}</Button>
    </form>
  );
}

function RemoveLine({ run, onDone }: { run: ListedRun; onDone(): void }) {
  return (
    <div className={styles.actions} role="alert">
      <span>{words.removeAsk(run.name, run.steps)}</span>
      <Button onClick={() => void removeRun(run.id, run.name)} data-testid="run-remove-yes">
        {words.removeYes}
      </Button>
      <Button look="primary" onClick={onDone}>
        {words.removeNo}
      </Button>
    </div>
  );
}

/** Day and minute in the person's own time zone, the same form everywhere. */
function dateOf(seconds: number): string {
  if (seconds === 0) return '–';
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

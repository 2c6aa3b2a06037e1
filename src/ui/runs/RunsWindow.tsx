/** @file The list of stored runs, where each is resumed, forked, renamed, downloaded or deleted, and others come in. */
import { Download, FileArchive, FolderOpen, ShieldCheck } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../kit/Button';
import { Window } from '../kit/Window';
import { download, openFiles } from '../state/commands';
import { hideRuns, keepRuns, useRuns } from '../state/runs';
import { useUi } from '../state/store';
import { runStrings as words } from '../strings-runs';
import { RunRow } from './RunRow';
import styles from './runs.module.css';

export default function RunsWindow() {
  const { stored, busy, done, problem } = useRuns();
  return (
    <Window title={words.title} close={words.close} testId="runs-window" onClose={hideRuns}>
      {problem && (
        <p role="alert" className={styles.problem} data-testid="runs-problem" data-code={problem.code}>
          {problem.message} {problem.advice} <span className="data">{problem.code}</span>
        </p>
      )}
      <output className={styles.done} data-testid="runs-done">
        {busy ?? done}
      </output>
      <ForkWaits />
      {stored === null ? <p className={styles.muted}>{words.loading}</p> : <RunTable />}
      <div className={styles.foot}>
        <ImportButtons disabled={busy !== null || stored?.canKeep === false} />
        <StorageLine />
      </div>
    </Window>
  );
}

/** A run that cannot be forked yet has no row, or none with a checkpoint. */
function ForkWaits() {
  const forking = useRuns((state) => state.forking);
  const runs = useRuns((state) => state.stored?.runs ?? null);
  const isReady = runs?.some(({ id, checkpoints }) => id === forking && checkpoints.length > 0);
  if (forking === null || runs === null || isReady) return null;
  return <p className={styles.muted}>{words.forkWaits}</p>;
}

function RunTable() {
  const stored = useRuns((state) => state.stored);
  if (!stored?.canKeep)
    return (
      <div className={styles.actions} data-testid="runs-vanish" data-code="store.evictable">
        <span className={styles.muted}>{words.vanish}</span>
        <DownloadNow />
      </div>
    );
  if (stored.runs.length === 0)
    return (
      <p className={styles.muted} data-testid="runs-empty">
        {words.empty}
      </p>
    );
  const { columns } = words;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.preset}</th>
            <th scope="col" className={styles.number}>
              {columns.steps}
            </th>
            <th scope="col" className={styles.number} title={words.rewardTitle}>
              {columns.reward}
            </th>
            <th scope="col">{columns.changed}</th>
            <th scope="col" className={styles.number}>
              {columns.size}
            </th>
            <th scope="col">
              <span className="unseen">{columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {stored.runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ImportButtons({ disabled }: { disabled: boolean }) {
  const zip = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.actions}>
      <input
        ref={zip}
        type="file"
        accept=".zip,application/zip"
        hidden
        data-testid="import-zip"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void openFiles([{ path: file.name, file }]);
          target.value = '';
        }}
      />
      <input
        ref={folder}
        type="file"
        hidden
        multiple
        data-testid="import-folder"
        {...{ webkitdirectory: '' }}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          void openFiles(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
          target.value = '';
        }}
      />
      <Button disabled={disabled} title={words.importTitle} onClick={() => zip.current?.click()}>
        <FileArchive size={14} aria-hidden="true" />
        {words.importZip}
      </Button>
      <Button disabled={disabled} title={words.importTitle} onClick={() => folder.current?.click()}>
        <FolderOpen size={14} aria-hidden="true" />
        {words.importFolder}
      </Button>
    </div>
  );
}

function StorageLine() {
  const usage = useRuns((state) => state.stored?.usage ?? null);
  const quota = useRuns((state) => state.stored?.quota ?? null);
  const persisted = useRuns((state) => state.persisted);
  return (
    <div className={styles.actions}>
      {usage !== null && <span className={`data ${styles.muted}`}>{words.usage(usage, quota)}</span>}
      {persisted === true && <span className={styles.muted}>{words.kept}</span>}
      {persisted === false && (
        <>
          <span className={styles.muted} data-code="store.evictable">
            {words.evictable}
          </span>
          <Button onClick={() => void keepRuns()} data-testid="keep-runs">
            <ShieldCheck size={14} aria-hidden="true" />
            {words.keep}
          </Button>
          <DownloadNow />
        </>
      )}
    </div>
  );
}

/** The run on screen as a zip: what nobody can delete. */
function DownloadNow() {
  const step = useUi((state) => state.step);
  if (step === 0) return null;
  return (
    <Button onClick={() => void download()} data-testid="download-now">
      <Download size={14} aria-hidden="true" />
      {words.downloadNow}
    </Button>
  );
}

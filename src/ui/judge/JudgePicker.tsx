/** @file Which judge: the embedded one, a folder from the disk, or none; how far it is, and what it has been asked. */
import { useRef } from 'react';
import { Button } from '../kit/Button';
import { dropJudge, loadEmbedded, loadFolder, reloadJudge } from '../state/judge';
import type { JudgeView } from '../state/model';
import { useUi } from '../state/store';
import { judgeStrings as words } from '../strings-judge';
import styles from './judge.module.css';

export function JudgePicker() {
  const judge = useUi((state) => state.judge);
  const report = useUi((state) => state.judgeReport);
  const folder = useRef<HTMLInputElement>(null);
  const isLoading = judge.state === 'loading';
  return (
    <section className={styles.picker}>
      <p data-testid="judge-state" data-state={judge.state} role="status">
        {stateWords(judge)}
      </p>
      {isLoading && judge.progress && (
        <div className={styles.progress}>
          <progress
            max={judge.progress.total ?? undefined}
            value={judge.progress.total === null ? undefined : judge.progress.bytes}
            aria-label={judge.progress.path}
          />
          <span className="data">{words.states.progress(judge.progress)}</span>
        </div>
      )}
      {report && judge.state !== 'off' && (
        <p className="data" data-testid="judge-counts">
          {words.counts(report)}
        </p>
      )}
      <div className={styles.actions}>
        <Button
          look={judge.state === 'off' ? 'primary' : 'plain'}
          disabled={isLoading}
          onClick={() => void loadEmbedded()}
          data-testid="judge-embedded"
        >
          {words.embedded}
        </Button>
        <Button
          disabled={isLoading}
          title={words.pickTitle}
          onClick={() => folder.current?.click()}
          data-testid="judge-pick"
        >
          {words.pick}
        </Button>
        <input
          ref={folder}
          type="file"
          hidden
          // React's types do not know it; every browser does.
          {...{ webkitdirectory: '' }}
          data-testid="judge-folder"
          onChange={({ currentTarget }) => {
            void loadFolder(currentTarget.files ?? []);
            // The same folder may be picked again.
            currentTarget.value = '';
          }}
        />
        {judge.state === 'failed' && (
          <Button onClick={() => void reloadJudge()} data-testid="judge-again">
            {words.again}
          </Button>
        )}
        {judge.state !== 'off' && (
          <Button onClick={dropJudge} data-testid="judge-drop">
            {words.drop}
          </Button>
        )}
      </div>
      <p className={styles.muted}>{words.noAddress}</p>
    </section>
  );
}

function stateWords(judge: JudgeView): string {
  const { states } = words;
  switch (judge.state) {
    case 'off':
      return states.off;
    case 'wanted':
      return states.wanted(judge.name);
    case 'loading':
      return states.loading(judge.name);
    case 'ready':
      return states.ready(judge.name, states.runtimes[judge.runtime ?? 'shared']);
    case 'failed':
      return states.failed(judge.name, judge.reason);
    default:
      return judge satisfies never;
  }
}

/** @file Play: one screen, one question. Document → answers → tokens → the curves, and the two clip bounds. */
import { ClipPanel } from '../panels/ClipPanel';
import { DocumentPanel } from '../panels/DocumentPanel';
import { ErrorPanel } from '../panels/ErrorPanel';
import { GroupPanel } from '../panels/GroupPanel';
import { LearningPanel } from '../panels/LearningPanel';
import { TokenPanel } from '../panels/TokenPanel';
import { CompareWindow } from '../runs/CompareWindow';
import { RunsWindow } from '../runs/RunsWindow';
import { useUi } from '../state/store';
import { Coach } from './Coach';
import { DropTarget } from './DropTarget';
import { KeyBar } from './KeyBar';
import { KeysDialog } from './KeysDialog';
import { useKeys } from './keys';
import { NewRunQuestion } from './NewRunFields';
import styles from './play.module.css';
import { TopBar } from './TopBar';

export function Play() {
  useKeys();
  const spoken = useUi((state) => state.spoken);
  return (
    <DropTarget>
      <TopBar />
      <ErrorPanel />
      <main className={styles.main}>
        <div className={styles.document}>
          <DocumentPanel />
        </div>
        <div className={styles.group}>
          <GroupPanel />
        </div>
        <div className={styles.tokens}>
          <TokenPanel />
        </div>
        <div className={styles.learning}>
          <LearningPanel />
          <ClipPanel />
        </div>
      </main>
      <Coach />
      <KeyBar />
      <KeysDialog />
      <NewRunQuestion />
      <RunsWindow />
      <CompareWindow />
      <output className="unseen">{spoken}</output>
    </DropTarget>
  );
}

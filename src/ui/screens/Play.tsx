/** @file Play: one screen, one question. Document → answers → tokens → the curves, and the two clip bounds. */
import { ClipPanel } from '../panels/ClipPanel';
import { DocumentPanel } from '../panels/DocumentPanel';
import { GroupPanel } from '../panels/GroupPanel';
import { LearningPanel } from '../panels/LearningPanel';
import { TokenPanel } from '../panels/TokenPanel';
import { Coach } from './Coach';
import { Frame } from './Frame';
import styles from './play.module.css';

export function Play() {
  return (
    <Frame>
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
    </Frame>
  );
}

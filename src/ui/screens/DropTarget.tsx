/** @file The whole page takes files: a text or a data set dropped anywhere becomes the document, a run or a policy a run. */
import { type ReactNode, useEffect, useState } from 'react';
import { openFiles } from '../state/commands';
import { droppedFiles } from '../state/dropped';
import { strings } from '../strings';
import styles from './play.module.css';

export function DropTarget({ children }: { children: ReactNode }) {
  const [over, setOver] = useState(false);

  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      // Leaving for a child is no leaving.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(openFiles);
    };
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, []);

  return (
    <div className={styles.page} data-testid="drop-target">
      {children}
      {over && <div className={styles.over}>{strings.document.drop}</div>}
    </div>
  );
}

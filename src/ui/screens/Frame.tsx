/** @file What stands around either level: bars, problems, and the windows that keys open. */
import type { ReactNode } from 'react';
import { useUi } from '../state/store';
import styles from './bars.module.css';
import { DropTarget } from './DropTarget';
import { KeyBar } from './KeyBar';
import { useKeys } from './keys';
import { Problems } from './Problems';
import { ReplayBar } from './ReplayBar';
import { TopBar } from './TopBar';
import { Windows } from './Windows';

interface FrameProps {
  children: ReactNode;
  /** Keys of this level alone. */
  keys?: readonly (readonly [keys: string, does: string])[];
}

export function Frame({ children, keys }: FrameProps) {
  useKeys();
  const spoken = useUi((state) => state.spoken);
  return (
    <DropTarget>
      <div className={styles.bars}>
        <TopBar />
        <ReplayBar />
      </div>
      <Problems />
      {children}
      <KeyBar more={keys} />
      <Windows />
      <output className="unseen">{spoken}</output>
    </DropTarget>
  );
}

/** @file Which checkpoints of the shown run are stored: what the flags of the timeline stand for. */
import { useEffect, useState } from 'react';
import { RunFolder } from '../../run/folder';
import { type DirectoryHandle, OpfsStore } from '../../run/opfs-store';
import { runsFolder } from '../../run/store';
import { useUi } from '../state/store';

/** A listing of a few names; checkpoints come no faster than a few seconds apart where they matter. */
const lookEveryMs = 3000;
const none: readonly number[] = [];

/** Steps with a whole checkpoint in the browser's own files, ascending; none where the run has no folder there. */
export async function stepsOnDisk(root: DirectoryHandle, runId: string): Promise<number[]> {
  try {
    const folder = await (await root.getDirectoryHandle(runsFolder)).getDirectoryHandle(runId);
    return await new RunFolder(new OpfsStore(folder)).stableSteps();
  } catch {
    // A folder that was never begun, or has been cleared away.
    return [];
  }
}

/** In memory only the newest checkpoint is kept; a recording that is not stored here has none. */
export function useCheckpoints(): readonly number[] {
  const runId = useUi(({ recording, runId: own }) => (recording ? recording.storedId : own));
  const every = useUi((state) => state.config['checkpoint.every']);
  const newest = useUi(({ step }) => (every > 0 ? Math.floor(step / every) * every : 0));
  const inMemory = useUi(({ kept, recording }) => kept !== 'disk' && recording === null);
  const [steps, setSteps] = useState(none);
  useEffect(() => {
    if (runId === null || inMemory) {
      setSteps(none);
      return;
    }
    let isLeft = false;
    const look = async () => {
      const found = await navigator.storage.getDirectory().then(
        (root) => stepsOnDisk(root as DirectoryHandle, runId),
        () => [],
      );
      if (!isLeft) setSteps((before) => (before.join() === found.join() ? before : found));
    };
    void look();
    const looking = setInterval(() => void look(), lookEveryMs);
    return () => {
      isLeft = true;
      clearInterval(looking);
    };
  }, [runId, inMemory]);
  return inMemory && newest > 0 ? [newest] : steps;
}

/** @file What opens over the page: keys, commands, stored runs, questions. Each is code of its own. */
import { late } from '../kit/late';
import { useCompare } from '../state/compare';
import { useAsked } from '../state/new-run';
import { useRuns } from '../state/runs';
import { useWindows } from '../state/windows';
import { KeysDialog, NewRunQuestion, Palette } from './late';

const RunsWindow = late(() => import('../runs/RunsWindow'));
const CompareWindow = late(() => import('../runs/CompareWindow'));

export function Windows() {
  const keys = useWindows((state) => state.keys);
  const palette = useWindows((state) => state.palette);
  const asked = useAsked((state) => state.asked !== null);
  const runs = useRuns((state) => state.isShown);
  const compare = useCompare((state) => state.isShown);
  return (
    <>
      {keys && <KeysDialog />}
      {palette && <Palette />}
      {asked && <NewRunQuestion />}
      {runs && <RunsWindow />}
      {compare && <CompareWindow />}
    </>
  );
}

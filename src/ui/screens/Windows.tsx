/** @file What opens over the page: keys, commands, stored runs, questions, a file's columns. Each is code of its own. */
import { late } from '../kit/late';
import { useColumns } from '../state/columns';
import { useCompare } from '../state/compare';
import { useFailedStep } from '../state/failed-step';
import { useMarks } from '../state/marks';
import { useAsked } from '../state/new-run';
import { useRuns } from '../state/runs';
import { useWindows } from '../state/windows';
import { KeysDialog, NewRunQuestion, Palette } from './late';

const ColumnsDialog = late(() => import('../columns/ColumnsDialog'));
const FailedStepWindow = late(() => import('../panels/FailedStepWindow'));
const MarkedPair = late(() => import('../panels/MarkedPair'));
const RunsWindow = late(() => import('../runs/RunsWindow'));
const CompareWindow = late(() => import('../runs/CompareWindow'));

export function Windows() {
  const keys = useWindows((state) => state.keys);
  const palette = useWindows((state) => state.palette);
  const asked = useAsked((state) => state.asked !== null);
  const columns = useColumns((state) => state.asked);
  const runs = useRuns((state) => state.isShown);
  const compare = useCompare((state) => state.isShown);
  const failedStep = useFailedStep((state) => state.isShown);
  const marked = useMarks((state) => state.isShown);
  return (
    <>
      {keys && <KeysDialog />}
      {palette && <Palette />}
      {asked && <NewRunQuestion />}
      {columns && <ColumnsDialog {...columns} />}
      {runs && <RunsWindow />}
      {compare && <CompareWindow />}
      {marked && <MarkedPair />}
      {failedStep && <FailedStepWindow />}
    </>
  );
}

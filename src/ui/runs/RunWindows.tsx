/** @file The windows of the stored runs; their code comes when one is first opened. */
import { lazy, Suspense } from 'react';
import { useCompare } from '../state/compare';
import { useRuns } from '../state/runs';

const RunsWindow = lazy(() => import('./RunsWindow'));
const CompareWindow = lazy(() => import('./CompareWindow'));

export function RunWindows() {
  const runs = useRuns((state) => state.isShown);
  const compare = useCompare((state) => state.isShown);
  return (
    <Suspense fallback={null}>
      {runs && <RunsWindow />}
      {compare && <CompareWindow />}
    </Suspense>
  );
}

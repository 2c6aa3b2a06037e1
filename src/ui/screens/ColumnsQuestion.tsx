/** @file The window that maps the columns of a dropped file, loaded when a file first needs it. */
import { lazy, Suspense } from 'react';
import { useColumns } from '../state/columns';

const ColumnsDialog = lazy(() => import('../columns/ColumnsDialog'));

export function ColumnsQuestion() {
  const asked = useColumns((state) => state.asked);
  if (!asked) return null;
  return (
    <Suspense>
      <ColumnsDialog {...asked} />
    </Suspense>
  );
}

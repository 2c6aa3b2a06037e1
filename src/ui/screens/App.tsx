/** @file The page at one of its two levels; the Lab's code comes when it is first asked for. */
import { lazy, Suspense } from 'react';
import { useView } from '../state/view';
import { linkStrings } from '../strings-link';
import { Play } from './Play';

const Lab = lazy(() => import('../lab/Lab'));

export function App() {
  const level = useView((state) => state.level);
  if (level === 'play') return <Play />;
  return (
    <Suspense fallback={<p role="status">{linkStrings.level.loading}</p>}>
      <Lab />
    </Suspense>
  );
}

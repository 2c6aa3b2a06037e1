/** @file The page at one of its two levels; the Lab's code comes when it is first asked for. */
import { late } from '../kit/late';
import { useView } from '../state/view';
import { linkStrings } from '../strings-link';
import { Play } from './Play';

const Lab = late(() => import('../lab/Lab'), <p role="status">{linkStrings.level.loading}</p>);

export function App() {
  const level = useView((state) => state.level);
  return level === 'play' ? <Play /> : <Lab />;
}

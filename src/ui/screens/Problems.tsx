/** @file What went wrong: its words at once, the ways on as soon as their code is there. */
import { late } from '../kit/late';
import { useUi } from '../state/store';

export const ErrorPanel = late(() => import('../panels/ErrorPanel'), <Plain />);

export function Problems() {
  const hasAny = useUi((state) => state.problems.length > 0);
  return hasAny && <ErrorPanel />;
}

function Plain() {
  const problems = useUi((state) => state.problems);
  return (
    <div role="alert">
      {problems.map(({ code, message, advice }) => (
        <p key={code + message}>{`${message} ${advice} ${code}`}</p>
      ))}
    </div>
  );
}

/** @file Which GPU trains, and the word SOFTWARE where a processor stands in for one. */
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './bars.module.css';

const words = strings.adapter;

export function AdapterChip() {
  const adapter = useUi((state) => state.adapter);
  const parameters = useUi((state) => state.parameters);
  const size = useUi((state) => state.memory.reduce((sum, { bytes }) => sum + bytes, 0));
  const failed = useUi((state) => state.problems.some(({ code }) => code.startsWith('gpu.')));
  // The bar of a recorded run says what that was made on.
  const replay = useUi(isReplay);
  if (replay) return null;
  const names = adapter
    ? [...new Set([adapter.vendor, adapter.architecture, adapter.description].filter(Boolean))]
    : [];
  const short = adapter?.software ? adapter.architecture || names[0] : names.slice(0, 2).join(' ');
  const label = adapter ? `GPU: ${short}` : failed ? words.none : words.looking;
  const policy = parameters > 0 ? [words.policy(parameters, size)] : [];
  const title = [...names, ...policy].join(' · ');
  return (
    <span className={styles.chip} data-testid="adapter-chip" title={title}>
      <span>{label}</span>
      {adapter?.software && (
        <span className={styles.software} title={words.softwareTitle}>
          {words.software}
        </span>
      )}
    </span>
  );
}

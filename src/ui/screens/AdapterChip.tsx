/** @file Which GPU trains, or that a processor stands in for one; the way to all that is known of it. */
import { navigate } from '../state/link-sync';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { strings } from '../strings';
import styles from './bars.module.css';

const words = strings.adapter;

export function AdapterChip() {
  const adapter = useUi((state) => state.adapter);
  const parameters = useUi((state) => state.parameters);
  const size = useUi((state) => state.memory.reduce((sum, { bytes }) => sum + bytes, 0));
  const failed = useUi((state) => state.problems.some(({ code }) => code.startsWith('gpu.')));
  const busy = useUi((state) =>
    state.state === 'running' ? state.history.at(-1)?.metrics['perf/gpu_busy'] : undefined,
  );
  const hidden = useView((state) => state.hidden);
  // The bar of a recorded run says what that was made on.
  const replay = useUi(isReplay);
  if (replay) return null;
  const names = adapter
    ? [...new Set([adapter.vendor, adapter.architecture, adapter.description].filter(Boolean))]
    : [];
  // Of the last step; where nothing trains the GPU is at rest.
  const more = [
    ...(busy === undefined ? [] : [words.busy(busy)]),
    ...(adapter?.f16 === undefined ? [] : [words.f16(adapter.f16)]),
    ...(adapter?.maxBufferBytes === undefined ? [] : [words.maxBuffer(adapter.maxBufferBytes)]),
  ];
  const title = [
    ...names,
    ...more,
    ...(parameters > 0 ? [words.policy(parameters, size)] : []),
    ...(adapter?.software ? [words.softwareTitle] : []),
  ].join(' · ');
  return (
    <button
      type="button"
      className={styles.chip}
      data-testid="adapter-chip"
      title={title}
      disabled={hidden.includes('level') || hidden.includes('system')}
      onClick={() => navigate({ level: 'lab', view: 'system' })}
    >
      <span>
        {adapter?.software ? (
          <b className={styles.software}>{words.software}</b>
        ) : (
          <span>
            {adapter ? words.name(names.slice(0, 2).join(' ')) : failed ? words.none : words.looking}
          </span>
        )}
        {more.length > 0 && <span className={styles.more}> {more.join(' · ')}</span>}
      </span>
    </button>
  );
}

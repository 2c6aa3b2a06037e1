/** @file How hard the GPU works, as three verbs: the setting gpu.duty, which rests between submissions. */
import kit from '../kit/kit.module.css';
import { change } from '../state/commands';
import { effectiveConfig } from '../state/model';
import { useUi } from '../state/store';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

const words = playWords.speed;

/** Share of time the GPU may be busy. */
const speeds = { slow: 0.25, normal: 0.6, fast: 1 } as const;
type Speed = keyof typeof speeds;

export function SpeedSelect() {
  const duty = useUi((state) => effectiveConfig(state)['gpu.duty']);
  const speed = (Object.keys(speeds) as Speed[]).find((name) => speeds[name] === duty) ?? null;
  return (
    <select
      className={`${kit.select} ${styles.speed}`}
      aria-label={words.label}
      title={words.title}
      value={speed ?? ''}
      data-testid="speed-select"
      data-part="speed"
      onChange={(event) => change({ 'gpu.duty': speeds[event.target.value as Speed] })}
    >
      {speed === null && <option value="">{words.other(duty)}</option>}
      {(Object.keys(speeds) as Speed[]).map((name) => (
        <option key={name} value={name}>
          {words.names[name]}
        </option>
      ))}
    </select>
  );
}

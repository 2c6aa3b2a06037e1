/** @file The overlong penalty over the length of an answer, with the answers of the shown step on it, as the controls say. */
import { overlongTerm } from '../../run/rescore';
import { fixed } from '../format';
import { effectiveConfig, shownGroup } from '../state/model';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { playWords } from '../strings-play';
import styles from './settings.module.css';

const words = playWords.ramp;
const [width, height, inset] = [400, 64, 6];

export function OverlongRamp() {
  const config = useConfig();
  const groups = useUi((state) => state.groups);
  const step = useUi((state) => shownGroup(state)?.step ?? null);
  const isOn = useUi((state) => effectiveConfig(state)['overlong_buffer.enable']);
  if (!isOn) return <p className={styles.memory}>{words.off}</p>;
  const longest = config.max_response_length;
  const factor = config['overlong_buffer.penalty_factor'];
  const begin = Math.max(0, longest - config['overlong_buffer.len']);
  const lengths = groups
    .filter((group) => group.step === step)
    .flatMap((group) => group.answers.map(({ tokens }) => tokens.length));
  const terms = lengths.map((length) => overlongTerm(length, config));
  const penalised = terms.filter((term) => term < 0).length;
  const mean = terms.reduce((sum, term) => sum + term, 0) / Math.max(1, terms.length);
  const x = (length: number) => inset + (Math.min(length, longest) / longest) * (width - 2 * inset);
  const y = (term: number) => inset + (factor > 0 ? -term / factor : 0) * (height - 2 * inset);
  const sentence = words.sentence(begin, longest, fixed(factor), penalised, lengths.length, fixed(mean, 3));
  return (
    <figure className={styles.ramp} data-testid="overlong-ramp" data-penalised={penalised}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence}>
        <polyline
          className={styles.rampLine}
          points={`${x(0)},${y(0)} ${x(begin)},${y(0)} ${x(longest)},${y(-factor)}`}
        />
        {lengths.map((length, i) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: an answer is its place.
            key={i}
            className={terms[i] < 0 ? styles.rampPenalised : styles.rampAnswer}
            cx={x(length)}
            cy={y(Math.max(-factor, terms[i]))}
            r={3}
          />
        ))}
      </svg>
      <figcaption className={styles.memory}>{sentence}</figcaption>
    </figure>
  );
}

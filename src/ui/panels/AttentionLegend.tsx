/** @file What the attention layer shows: of which tokens, in which layer, by which weights, and where the rest went. */

import { percent, visible } from '../format';
import kit from '../kit/kit.module.css';
import { type ShownAttention, useAttention } from '../state/attention';
import { useUi } from '../state/store';
import { playWords } from '../strings-play';
import styles from './document.module.css';

const words = playWords.attention;

interface AttentionLegendProps {
  shown: ShownAttention;
  /** Texts of the answer's tokens. */
  tokens: readonly string[];
}

export function AttentionLegend({ shown, tokens }: AttentionLegendProps) {
  const { of, layer } = useAttention();
  const pinned = Math.min(
    useUi((state) => state.token),
    tokens.length - 1,
  );
  const training = useUi((state) => state.state === 'running' || state.reason === 'part');
  const { view, state } = shown;
  return (
    <div className={styles.attention} data-testid="attention-legend">
      <select
        className={kit.select}
        aria-label={words.ofTitle}
        value={of}
        data-testid="attention-of"
        onChange={(event) =>
          useAttention.setState({ of: event.target.value === 'token' ? 'token' : 'answer' })
        }
      >
        <option value="answer">{words.answer}</option>
        <option value="token">{words.token(pinned + 1, visible(tokens[pinned] ?? ''))}</option>
      </select>
      {view && (
        <select
          className={kit.select}
          aria-label={words.layerTitle}
          value={layer ?? view.layers - 1}
          data-testid="attention-layer"
          onChange={(event) => useAttention.setState({ layer: Number(event.target.value) })}
        >
          {Array.from({ length: view.layers }, (_, i) => i).map((i) => (
            <option key={i} value={i}>
              {words.layer(i + 1, view.layers)}
            </option>
          ))}
        </select>
      )}
      <span role="status" data-testid="attention-shares">
        {view
          ? words.shares(
              percent(view.shares.reduce((sum, share) => sum + share, 0)),
              percent(view.frame),
              percent(view.own),
              view.step,
            )
          : state === 'refused'
            ? words.refused
            : words.asked(training)}
      </span>
    </div>
  );
}

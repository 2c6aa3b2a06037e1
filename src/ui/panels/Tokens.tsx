/** @file The painted tokens of an answer in a row. Neighbours of one look share a span, since no token is picked out. */
import { memo } from 'react';
import type { AnswerView } from '../../../workers/protocol';
import type { TokenPaint } from './token-colour';
import styles from './tokens.module.css';

export const Tokens = memo(function Tokens({
  answer,
  paints,
}: {
  answer: AnswerView;
  paints: readonly TokenPaint[];
}) {
  const runs: { text: string; paint: TokenPaint; from: number }[] = [];
  paints.forEach((paint, t) => {
    const text = answer.tokenTexts[t] ?? '';
    const last = runs.at(-1);
    if (last && last.paint.bin === paint.bin && last.paint.clipped === paint.clipped) last.text += text;
    else runs.push({ text, paint, from: t });
  });
  return (
    <>
      {runs.map(({ text, paint, from }) => (
        <span key={from} className={styles.paint} data-bin={paint.bin} data-clipped={paint.clipped}>
          {text}
        </span>
      ))}
    </>
  );
});

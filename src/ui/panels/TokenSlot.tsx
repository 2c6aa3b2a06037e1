/** @file Every number of one token, and the objective with its numbers filled in. A fixed place, never over the text. */
import type { AnswerView } from '../../../workers/protocol';
import { type ClipOptions, tokenObjective } from '../../rl/objective';
import { fixed, signed, visible } from '../format';
import { strings } from '../strings';
import styles from './tokens.module.css';

const words = strings.tokens;
const names = words.slot;

interface TokenSlotProps {
  answer: AnswerView;
  token: number;
  bounds: ClipOptions;
}

export function TokenSlot({ answer, token, bounds }: TokenSlotProps) {
  const old = answer.oldLogprobs?.[token];
  const now = answer.newLogprobs?.[token];
  const known = old !== undefined && now !== undefined;
  const term = known ? tokenObjective(now, old, answer.advantage, bounds) : null;
  const bounded = term
    ? Math.min(1 + bounds.clipRatioHigh, Math.max(1 - bounds.clipRatioLow, term.ratio))
    : null;
  const state = term?.clippedHigh ? 'high' : term?.clippedLow ? 'low' : term?.clippedDual ? 'dual' : '';
  const facts: [string, string][] = [
    [names.token, `“${visible(answer.tokenTexts[token] ?? '')}”`],
    [names.id, String(answer.tokens[token] ?? '–')],
    [names.sampled, fixed(answer.sampledLogprobs[token], 3)],
    [names.old, fixed(old, 3)],
    [names.now, fixed(now, 3)],
    [names.ratio, fixed(term?.ratio, 3)],
    [names.advantage, signed(answer.advantage)],
    [names.surr1, fixed(term ? term.ratio * answer.advantage : null)],
    [names.surr2, fixed(bounded === null ? null : bounded * answer.advantage)],
    [names.min, fixed(term ? -term.loss : null)],
    [names.clipped, term ? words.state[state] : '–'],
    [names.entropy, fixed(answer.entropies[token])],
  ];
  return (
    <div className={`data ${styles.slot}`} data-testid="token-slot">
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.formula}>
        {words.formula(fixed(bounds.clipRatioLow), fixed(bounds.clipRatioHigh))}{' '}
        {term && bounded !== null ? (
          <>
            {words.filled(fixed(term.ratio), signed(answer.advantage), fixed(bounded), fixed(-term.loss))} →{' '}
            <b>{state === '' ? words.flows(fixed(-term.gradient)) : words.stopped[state]}</b>
          </>
        ) : (
          words.noUpdate
        )}
      </p>
    </div>
  );
}

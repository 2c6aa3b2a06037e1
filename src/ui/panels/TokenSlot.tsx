/** @file Every number of one token, and the objective with its numbers filled in. A fixed place, never over the text. */
import type { AnswerView } from '../../../workers/protocol';
import { fixed, signed, visible } from '../format';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { clipMark, klOf, type ShownObjective, termsOf } from './answer-terms';
import { knees } from './clip-geometry';
import styles from './tokens.module.css';

const words = strings.tokens;
const names = words.slot;
const more = playWords.tokens;

interface TokenSlotProps {
  answer: AnswerView;
  token: number;
  /** Why it is this token. */
  which: keyof typeof more.which;
  objective: ShownObjective;
}

export function TokenSlot({ answer, token, which, objective }: TokenSlotProps) {
  const old = answer.oldLogprobs?.[token];
  const now = answer.newLogprobs?.[token];
  const sampled = answer.sampledLogprobs[token];
  const masked = answer.policyMask?.[token] === 0;
  const term = termsOf(answer, objective)?.[token] ?? null;
  const [low, high] = knees(objective) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const ratio = term?.ratio ?? null;
  const bounded = ratio === null ? null : Math.min(high, Math.max(low, ratio));
  const state = clipMark(term ?? undefined);
  const kl = klOf(answer, token, objective);
  const { advantage } = answer;
  const isClipping = objective.lossMode === 'vanilla' || objective.lossMode === 'gspo';
  const facts: [string, string][] = [
    [names.token, `“${visible(answer.tokenTexts[token] ?? '')}”`],
    [names.id, String(answer.tokens[token] ?? '–')],
    [names.sampled, fixed(sampled, 3)],
    [names.old, fixed(old, 3)],
    [names.now, fixed(now, 3)],
    [more.sampledDelta, signed(now === undefined ? null : now - sampled, 3)],
    [names.ratio, fixed(ratio, objective.lossMode === 'gspo' ? 5 : 3)],
    [names.advantage, signed(advantage)],
    ...(isClipping
      ? ([
          [names.surr1, fixed(ratio === null ? null : ratio * advantage)],
          [names.surr2, fixed(bounded === null ? null : bounded * advantage)],
        ] satisfies [string, string][])
      : []),
    [isClipping ? names.min : more.colours.objective, fixed(term ? -term.loss : null)],
    [names.clipped, term ? words.state[state] : '–'],
    [names.entropy, fixed(answer.entropies[token])],
    ...(kl === null ? [] : ([[more.kl, fixed(kl, 4)]] satisfies [string, string][])),
  ];
  const { rule, filled } = playWords.formula[objective.lossMode];
  const bounds = [objective.clipRatioLow, objective.clipRatioHigh].map(boundWords);
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
      <p className={styles.formula} data-testid="token-formula">
        <span className={styles.which}>
          {more.position(token + 1, answer.tokens.length)} {more.which[which]}
        </span>{' '}
        {rule(bounds[0], bounds[1])}{' '}
        {masked ? (
          <b>{more.masked}</b>
        ) : term && ratio !== null && bounded !== null && now !== undefined ? (
          <>
            ={' '}
            {filled({
              ratio,
              bounded,
              advantage,
              objective: 0 - term.loss,
              logprob: now,
              tau: advantage > 0 ? objective.tauPos : objective.tauNeg,
              dual: state === 'dual' ? objective.clipRatioC : null,
            })}{' '}
            →{' '}
            <b>
              {state !== '' && playWords.stopped[objective.lossMode][state] !== ''
                ? playWords.stopped[objective.lossMode][state]
                : words.flows(fixed(0 - term.gradient))}
            </b>
          </>
        ) : (
          words.noUpdate
        )}
      </p>
    </div>
  );
}

/** Narrow bounds need more places than wide ones. */
function boundWords(bound: number): string {
  return bound > 0 && bound < 0.01 ? bound.toExponential(0).replace('-', '−') : fixed(bound);
}

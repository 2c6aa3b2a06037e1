/** @file Every number of one token, and the objective with its numbers filled in. A fixed place, never over the text. */
import type { AnswerView } from '../../../workers/protocol';
import { compact, fixed, signed, visible } from '../format';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { clipMark, klOf, type ShownObjective, termsOf } from './answer-terms';
import { knees } from './clip-geometry';
import { selectedWeight } from './token-weight';
import styles from './tokens.module.css';

const words = strings.tokens;
const names = words.slot;
const help = words.slotHelp;
const more = playWords.tokens;
const weightWords = playWords.weight;

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
  const weight = useUi(selectedWeight);
  const isClipping = objective.lossMode === 'vanilla' || objective.lossMode === 'gspo';
  const facts: [name: string, value: string, help: string][] = [
    [names.token, `“${visible(answer.tokenTexts[token] ?? '')}”`, help.token],
    [names.id, String(answer.tokens[token] ?? '–'), help.id],
    [names.sampled, fixed(sampled, 3), help.sampled],
    [names.old, fixed(old, 3), help.old],
    [names.now, fixed(now, 3), help.now],
    [more.sampledDelta, signed(now === undefined ? null : now - sampled, 3), more.sampledDeltaHelp],
    [names.ratio, fixed(ratio, objective.lossMode === 'gspo' ? 5 : 3), help.ratio],
    [names.advantage, signed(advantage), help.advantage],
    ...(isClipping
      ? ([
          [names.surr1, fixed(ratio === null ? null : ratio * advantage), help.surr1],
          [names.surr2, fixed(bounded === null ? null : bounded * advantage), help.surr2],
        ] satisfies typeof facts)
      : []),
    [isClipping ? names.min : more.colours.objective, fixed(term ? -term.loss : null), help.min],
    [names.clipped, term ? words.state[state] : '–', help.clipped],
    [names.entropy, fixed(answer.entropies[token]), help.entropy],
    ...(weight
      ? ([
          [
            weightWords.name,
            compact(Number(weight.weight.toPrecision(3))),
            weightWords.help(weight.mode, weight.update, weight.answers),
          ],
        ] satisfies typeof facts)
      : []),
    ...(kl === null ? [] : ([[more.kl, fixed(kl, 4), more.klHelp]] satisfies typeof facts)),
  ];
  const { rule, filled } = playWords.formula[objective.lossMode];
  const bounds = [objective.clipRatioLow, objective.clipRatioHigh].map(boundWords);
  return (
    <div className={`data ${styles.slot}`} data-testid="token-slot">
      <dl>
        {facts.map(([name, value, help]) => (
          <div key={name} title={help}>
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

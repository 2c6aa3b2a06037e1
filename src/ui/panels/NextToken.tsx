/** @file What the pinned token was chosen from: the likeliest candidates, under the settings of its step and what the controls say. */
import { useMemo } from 'react';
import type { AnswerView, GroupView } from '../../../workers/protocol';
import type { PieceText } from '../../policy/tokenizer';
import {
  type NextToken as Distribution,
  type DrawSettings,
  drawnProbability,
  nextToken,
} from '../../rl/next-token';
import type { NextTokenLogits } from '../../run/answer-next-token';
import { percent, visible } from '../format';
import { Button } from '../kit/Button';
import { hasEngine } from '../state/attention';
import {
  forgetNextToken,
  toggleNextToken,
  useDraws,
  useNextToken,
  useShownNextToken,
} from '../state/next-token';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { nextTokenWords as words } from '../strings-next-token';
import { replayStrings } from '../strings-replay';
import styles from './next-token.module.css';
import tokens from './tokens.module.css';

/** Opens and closes the table, beside the legend. Where it cannot be had it says why. */
export function NextTokenButton() {
  const isOpen = useNextToken((state) => state.isOpen);
  const replay = useUi(isReplay);
  const able = useUi(hasEngine);
  const unavailable = replay
    ? [replayStrings.noAttention, replayStrings.nextToken]
    : able
      ? null
      : [words.noEngineShort, words.noEngine];
  return (
    <Button
      look="quiet"
      className={tokens.tool}
      aria-expanded={unavailable ? undefined : isOpen}
      disabled={unavailable !== null}
      title={unavailable?.[1] ?? words.title}
      data-testid="next-token-button"
      onClick={toggleNextToken}
    >
      {words.button}
      {unavailable && `: ${unavailable[0]}`}
    </Button>
  );
}

interface NextTokenProps {
  group: GroupView;
  /** The answer in its group, and the pinned token in the answer. */
  index: number;
  token: number;
}

export function NextToken({ group, index, token }: NextTokenProps) {
  const { logits, state } = useShownNextToken(group, index, token);
  const training = useUi((state) => state.state === 'running' || state.reason === 'part');
  const { used, controls } = useDraws(group.step);
  const shown = useMemo(() => {
    if (!logits) return null;
    const whatIf = controls && nextToken(logits.logits, controls);
    return {
      answer: group.answers[index],
      logits,
      used,
      own: nextToken(logits.logits, used),
      controls,
      whatIf,
    };
  }, [group, index, logits, used, controls]);
  if (state === 'off') return null;
  return (
    <div className={`data ${styles.panel}`} data-testid="next-token">
      <div className={styles.sides}>
        {shown && <Candidates {...shown} token={token} />}
        <div className={styles.facts}>
          {shown && <Facts {...shown} token={token} />}
          <p role="status" className={styles.note} data-testid="next-token-by">
            {logits ? (
              <By group={group} logits={logits} />
            ) : state === 'refused' ? (
              words.refused
            ) : (
              words.asked(training)
            )}
          </p>
        </div>
      </div>
    </div>
  );
}

/** By which weights, and the way to newer ones. */
function By({ group, logits }: { group: GroupView; logits: NextTokenLogits }) {
  const present = useUi((state) => state.step);
  return (
    <>
      {words.by(logits.step, logits.step - (group.step - 1), present)}{' '}
      {logits.step !== present && (
        <Button look="quiet" className={tokens.tool} onClick={forgetNextToken}>
          {words.again}
        </Button>
      )}
    </>
  );
}

interface ShownProps {
  answer: AnswerView;
  token: number;
  logits: NextTokenLogits;
  used: DrawSettings;
  /** How the answers of its step were drawn. */
  own: Distribution;
  /** What the controls say instead. */
  controls: DrawSettings | null;
  whatIf: Distribution | null;
}

/** Candidates of one place; the written token has a row of its own where it is not among the likeliest. */
function Candidates({ answer, token, logits, used, own, controls, whatIf }: ShownProps) {
  const { columns } = words;
  const rows = logits.first.map((piece, place) => ({ place, piece }));
  if (logits.own.place >= rows.length) rows.push({ place: logits.own.place, piece: logits.own });
  const others = logits.ids.length - rows.length;
  const rest = (of: (place: number) => number) => 1 - rows.reduce((sum, { place }) => sum + of(place), 0);
  const drawnRest = (of: Distribution) =>
    of.kept > logits.first.length ? (
      <td>{percent(rest((place) => drawnProbability(of, place)))}</td>
    ) : (
      <Cut />
    );
  return (
    <table className={styles.table}>
      <caption>{words.caption(token + 1, visible(answer.tokenTexts[token] ?? ''))}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.token}</th>
          <th scope="col" title={columns.softmaxTitle}>
            {columns.softmax(used.temperature)}
          </th>
          <th scope="col" title={columns.drawnTitle}>
            {columns.drawn(used)}
          </th>
          {controls && (
            <th scope="col" title={columns.whatIfTitle} className={styles.whatIf}>
              {columns.whatIf(controls)}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ place, piece }) => (
          <tr key={place} data-own={place === logits.own.place || undefined} data-testid="next-token-row">
            <th scope="row">
              <Piece piece={piece} id={logits.ids[place]} />
              {place === logits.own.place && <span className={styles.note}> {words.written}</span>}
            </th>
            <td>{percent(own.probabilities[place])}</td>
            <Drawn of={own} place={place} />
            {whatIf && <Drawn of={whatIf} place={place} />}
          </tr>
        ))}
        {others > 0 && (
          <tr>
            <th scope="row" className={styles.note}>
              {words.others(others)}
            </th>
            <td>{percent(rest((place) => own.probabilities[place]))}</td>
            {drawnRest(own)}
            {whatIf && drawnRest(whatIf)}
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Facts({ answer, token, logits, own, whatIf }: ShownProps) {
  const facts = ({ entropy, drawnEntropy, kept }: Distribution) =>
    words.facts(entropy, drawnEntropy, kept, logits.ids.length);
  return (
    <>
      <p data-testid="next-token-facts">{facts(own)}</p>
      {whatIf && <p data-testid="next-token-what-if">{words.whatIf(facts(whatIf))}</p>}
      <p data-testid="next-token-record">
        {words.record(Math.exp(answer.sampledLogprobs[token]), own.probabilities[logits.own.place])}
      </p>
    </>
  );
}

/** A probability with its bar, or that the token cannot be drawn. */
function Drawn({ of, place }: { of: Distribution; place: number }) {
  if (place >= of.kept) return <Cut />;
  const p = drawnProbability(of, place);
  return (
    <td>
      <span className={styles.bar} style={{ inlineSize: `${p * 48}px` }} aria-hidden="true" />
      {percent(p)}
    </td>
  );
}

function Cut() {
  return (
    <td className={styles.note} title={words.cutTitle}>
      {words.cut}
    </td>
  );
}

function Piece({ piece: { text, kind }, id }: { piece: PieceText; id: number }) {
  switch (kind) {
    case 'text':
      return visible(text);
    case 'special':
      return (
        <>
          {text} <span className={styles.note}>{words.special}</span>
        </>
      );
    case 'bytes':
      return words.bytes(text);
    case 'unused':
      return words.unused(id);
    default:
      return kind satisfies never;
  }
}

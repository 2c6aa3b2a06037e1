/** @file The selected answer, token by token: colour by a chosen number, marks on clipped tokens, all numbers of one. */
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import type { AnswerView, GroupView } from '../../../workers/protocol';
import { visible } from '../format';
import { Button } from '../kit/Button';
import { updateOf } from '../state/groups';
import { effectiveConfig, shownGroup, type TokenColour } from '../state/model';
import { colourBy, pinToken, useUi } from '../state/store';
import { strings } from '../strings';
import panel from './panel.module.css';
import { TokenSlot } from './TokenSlot';
import { paintAnswer, type TokenPaint } from './token-colour';
import styles from './tokens.module.css';
import { UpdateSelect } from './UpdateSelect';

const words = strings.tokens;

/** Colourings by their key. */
export const colourKeys: [string, TokenColour][] = [
  ['1', 'advantage'],
  ['2', 'logprob'],
  ['3', 'ratio'],
  ['4', 'entropy'],
  ['6', 'clipped'],
];

export function TokenPanel() {
  const group = useUi(shownGroup);
  const index = useUi((state) => state.answer);
  const colour = useUi((state) => state.colour);
  const answer = group?.answers[Math.min(index, group.answers.length - 1)] ?? null;
  return (
    <section className={panel.panel} aria-labelledby="token-title" data-testid="token-panel">
      <div className={panel.head}>
        <h2 id="token-title">{words.title(index + 1)}</h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices. */}
        <div className={styles.tools} role="group" aria-label={words.colourBy}>
          {colourKeys.map(([key, name]) => (
            <Button
              key={key}
              look="quiet"
              className={styles.tool}
              shortcut={key}
              aria-pressed={name === colour}
              onClick={() => colourBy(name)}
            >
              {words.colours[name]}
            </Button>
          ))}
        </div>
        <span className={panel.grow} />
        {group && <UpdateSelect group={group} />}
      </div>
      {group && answer ? (
        <AnswerTokens group={group} answer={answer} colour={colour} />
      ) : (
        <p className={panel.empty}>{words.empty}</p>
      )}
    </section>
  );
}

interface AnswerTokensProps {
  group: GroupView;
  answer: AnswerView;
  colour: TokenColour;
}

function AnswerTokens({ group, answer, colour }: AnswerTokensProps) {
  const pinned = Math.min(
    useUi((state) => state.token),
    Math.max(0, answer.tokens.length - 1),
  );
  const low = useUi((state) => effectiveConfig(state).clip_ratio_low);
  const high = useUi((state) => effectiveConfig(state).clip_ratio_high);
  const c = useUi((state) => effectiveConfig(state).clip_ratio_c);
  const [hovered, setHovered] = useState<number | null>(null);
  const strip = useRef<HTMLDivElement>(null);
  const bounds = useMemo(() => ({ clipRatioLow: low, clipRatioHigh: high, clipRatioC: c }), [low, high, c]);
  const paints = useMemo(() => paintAnswer(answer, colour, bounds), [answer, colour, bounds]);

  useEffect(() => {
    strip.current?.querySelector(`#token-${pinned}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pinned]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    pinToken(event.key === 'Home' ? 0 : answer.tokens.length - 1);
  };

  const first = updateOf(group) === 1 ? ` · ${words.updateOne}` : '';
  const shown = Math.min(hovered ?? pinned, answer.tokens.length - 1);
  return (
    <>
      <div
        ref={strip}
        role="listbox"
        tabIndex={0}
        aria-label={words.list}
        aria-orientation="horizontal"
        aria-activedescendant={`token-${pinned}`}
        className={styles.strip}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setHovered(null)}
        onPointerOver={(event) => setHovered(indexOf(event.target))}
        onClick={(event) => {
          const at = indexOf(event.target);
          if (at !== null) pinToken(at);
        }}
      >
        {paints.map((paint, t) => (
          <Token
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position.
            key={t}
            index={t}
            text={answer.tokenTexts[t] ?? ''}
            bin={paint.bin}
            clipped={paint.clipped}
            pinned={t === pinned}
          />
        ))}
      </div>
      <p className={styles.legend}>
        <span>{words.legend[colour]}</span>
        <span>
          {words.marks}
          {first}
        </span>
      </p>
      <TokenSlot answer={answer} token={Math.max(0, shown)} bounds={bounds} />
    </>
  );
}

interface TokenProps extends TokenPaint {
  index: number;
  text: string;
  pinned: boolean;
}

const Token = memo(function Token({ index, text, bin, clipped, pinned }: TokenProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the strip holds the focus and names the active token.
    <span
      role="option"
      id={`token-${index}`}
      aria-selected={pinned}
      aria-description={clipped ? words.state[clipped] : undefined}
      className={`${styles.paint} ${styles.token}`}
      data-testid="token"
      data-token={index}
      data-bin={bin}
      data-clipped={clipped}
    >
      {visible(text)}
    </span>
  );
});

function indexOf(target: EventTarget): number | null {
  const element = target instanceof Element ? target.closest('[data-token]') : null;
  return element ? Number(element.getAttribute('data-token')) : null;
}

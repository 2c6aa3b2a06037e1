/** @file The selected answer, token by token: colour by a chosen number, marks on clipped tokens, all numbers of one. */
import { ChevronsRight } from 'lucide-react';
import { type KeyboardEvent, memo, type ReactNode, useMemo, useRef, useState } from 'react';
import type { AnswerView, GroupView } from '../../../workers/protocol';
import { visible } from '../format';
import { Button } from '../kit/Button';
import { updateOf } from '../state/groups';
import { tick } from '../state/hints';
import { useKeyWords } from '../state/key-map';
import type { TokenColour } from '../state/model';
import { colourBy, moveCursor, pinToken, useUi } from '../state/store';
import { imaginedGroup, isImagined } from '../state/what-if';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { type ShownObjective, useShownObjective } from './answer-terms';
import { ColourLegend } from './ColourLegend';
import { ImaginedFlag } from './ImaginedFlag';
import { NextToken, NextTokenButton } from './NextToken';
import { PromptButton, PromptTail } from './PromptTail';
import panel from './panel.module.css';
import { useSettled } from './settled';
import { TokenSlot } from './TokenSlot';
import { TokenStrip } from './TokenStrip';
import { TokenText } from './TokenText';
import { paintAnswer, tokenValue } from './token-colour';
import { findNext, tokenColours } from './token-walk';
import styles from './tokens.module.css';
import { UpdateSelect } from './UpdateSelect';

const words = strings.tokens;
const more = playWords.tokens;

export function TokenPanel() {
  const keyed = useKeyWords();
  const group = useSettled(imaginedGroup);
  const index = useUi((state) => state.answer);
  const colour = useUi((state) => state.colour);
  const imagined = useSettled(isImagined);
  const answering = useSettled((state) => state.answering !== null);
  const at = Math.min(index, Math.max(0, (group?.answers.length ?? 1) - 1));
  const answer = group?.answers[at] ?? null;
  return (
    <section
      className={panel.panel}
      aria-labelledby="token-title"
      data-testid="token-panel"
      data-what-if={imagined || undefined}
    >
      <div className={panel.head}>
        <h2 id="token-title">{words.title(at + 1)}</h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices. */}
        <div className={styles.tools} role="group" aria-label={words.colourBy}>
          {tokenColours.map((name) => (
            <Button
              key={name}
              look="quiet"
              className={styles.tool}
              shortcut={keyed(`{${name}}`)}
              aria-pressed={name === colour}
              onClick={() => colourBy(name)}
            >
              {more.colours[name]}
            </Button>
          ))}
        </div>
        <span className={panel.grow} />
        <ImaginedFlag />
        {answering && group && <span className={panel.flag}>{playWords.answering.tokensOf(group.step)}</span>}
        {answer && <NextButtons />}
        {group && <UpdateSelect group={group} />}
      </div>
      {group && answer ? (
        <AnswerTokens group={group} index={at} answer={answer} colour={colour} />
      ) : (
        <p className={panel.empty}>{answering ? playWords.answering.tokensLater : words.empty}</p>
      )}
    </section>
  );
}

function NextButtons() {
  const keyed = useKeyWords();
  return (
    <span className={styles.tools}>
      <Button
        look="quiet"
        className={styles.tool}
        shortcut={keyed('{clippedNext}')}
        title={more.nextClipped}
        onClick={() => findNext('clipped')}
      >
        <ChevronsRight size={14} aria-hidden="true" />
        {more.clippedButton}
      </Button>
      <Button
        look="quiet"
        className={styles.tool}
        shortcut={keyed('{surprisingNext}')}
        title={more.nextSurprising}
        onClick={() => findNext('surprising')}
      >
        <ChevronsRight size={14} aria-hidden="true" />
        {more.surprisingButton}
      </Button>
    </span>
  );
}

interface AnswerTokensProps extends LegendProps {
  /** Of the answer in its group. */
  index: number;
}

interface LegendProps {
  group: GroupView;
  answer: AnswerView;
  colour: TokenColour;
}

const AnswerTokens = memo(function AnswerTokens({ group, index, answer, colour }: AnswerTokensProps) {
  const last = Math.max(0, answer.tokens.length - 1);
  const pinned = Math.min(
    useUi((state) => state.token),
    last,
  );
  const moved = useUi((state) => state.cursor);
  const cursor = moved === null ? null : Math.min(moved, last);
  const objective = useShownObjective();
  const [promptOpen, setPromptOpen] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const hovered = pointed !== null && pointed <= last ? pointed : null;
  const list = useRef<HTMLDivElement>(null);
  const paints = useMemo(() => paintAnswer(answer, colour, objective), [answer, colour, objective]);

  const onKeyDown = (event: KeyboardEvent) => {
    const go = walk(event.key, cursor ?? pinned, last);
    if (!go) return;
    event.preventDefault();
    go();
  };

  const shown = hovered ?? cursor ?? pinned;
  const active = cursor ?? pinned;
  return (
    <>
      <div
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={words.list}
        aria-orientation="horizontal"
        aria-activedescendant="token-active"
        className={styles.strip}
        onKeyDown={onKeyDown}
        data-testid="token-list"
      >
        <PromptTail group={group} open={promptOpen} />
        <TokenText
          texts={answer.tokenTexts}
          paints={paints}
          pinned={pinned}
          cursor={cursor}
          hovered={hovered}
          scroller={list}
          onHover={(token) => {
            setPointed(token);
            if (token !== null) tick('token');
          }}
          onPick={pinToken}
        />
        {/* One option stands for the active one of ten thousand. */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option. */}
        <span
          role="option"
          id="token-active"
          className="unseen"
          aria-selected={active === pinned}
          aria-posinset={active + 1}
          aria-setsize={last + 1}
          data-testid="token-active"
          data-token={active}
        >
          {more.option(
            active,
            last + 1,
            visible(answer.tokenTexts[active] ?? ''),
            paints[active]?.clipped ? words.state[paints[active].clipped] : '',
          )}
        </span>
      </div>
      <TokenStrip
        colour={colour}
        values={useValues(answer, colour, objective)}
        texts={answer.tokenTexts}
        shown={shown}
        onHover={setPointed}
        onPick={pinToken}
      />
      <Legend group={group} answer={answer} colour={colour}>
        <PromptButton group={group} open={promptOpen} onToggle={() => setPromptOpen(!promptOpen)} />
        <NextTokenButton />
      </Legend>
      <TokenSlot
        answer={answer}
        token={shown}
        which={hovered !== null ? 'hover' : cursor !== null ? 'cursor' : 'pinned'}
        objective={objective}
      />
      <NextToken group={group} index={index} token={pinned} />
    </>
  );
});

function useValues(answer: AnswerView, colour: TokenColour, objective: ShownObjective): Float64Array {
  return useMemo(
    () => Float64Array.from(answer.tokens, (_, t) => tokenValue(answer, t, colour, objective)),
    [answer, colour, objective],
  );
}

/** What a key does inside the list; arrows also work outside of it. */
function walk(key: string, at: number, last: number): (() => void) | null {
  switch (key) {
    case 'Home':
      return () => moveCursor(0);
    case 'End':
      return () => moveCursor(last);
    case 'Enter':
      return () => pinToken(at);
    default:
      return null;
  }
}

function Legend({ group, answer, colour, children }: LegendProps & { children: ReactNode }) {
  const isUnknown =
    colour === 'kl'
      ? !answer.refLogprobs || !answer.newLogprobs
      : (colour === 'ratio' || colour === 'objective' || colour === 'clipped') && !answer.newLogprobs;
  return (
    <p className={styles.legend}>
      {isUnknown && colour in more.unknown ? (
        <span>{more.unknown[colour as keyof typeof more.unknown]}</span>
      ) : (
        <ColourLegend colour={colour} />
      )}
      <span>
        {words.marks}
        {updateOf(group) === 1 && ` · ${words.updateOne}`}
      </span>
      {children}
    </p>
  );
}

/** @file Attention of the answer that is looked at, asked of the engine. */
import { useEffect } from 'react';
import { create } from 'zustand';
import type { GroupView } from '../../../workers/protocol';
import type { AnswerAttention } from '../../run/answer-attention';
import type { AskedAnswer } from '../../run/asked-answer';
import { attentionOf } from './commands';
import type { UiState } from './model';
import { newestWish } from './newest-wish';
import { useReader } from './reader';
import { getUi, setUi, useUi } from './store';

interface AttentionState {
  /** The pinned token alone, or the mean of the whole answer. */
  of: 'answer' | 'token';
  /** null = the last. */
  layer: number | null;
  /** What was asked last and what came of it; null where the engine refused. */
  known: { key: string; view: AnswerAttention | null } | null;
}

export const useAttention = create<AttentionState>()(() => ({ of: 'answer', layer: null, known: null }));

const ask = newestWish(attentionOf, (key, view) => useAttention.setState({ known: { key, view } }));

export interface ShownAttention {
  /** Null while it is computed, and where it could not be. */
  view: AnswerAttention | null;
  state: 'off' | 'asked' | 'shown' | 'refused';
}

/** Whether there is someone to ask. */
export function hasEngine({ state }: Pick<UiState, 'state'>): boolean {
  return state === 'ready' || state === 'running' || state === 'paused';
}

/** An answer of a group as the engine is asked about it; the page then stays at its group. */
export function askedAnswer(group: GroupView, answer: Uint32Array): AskedAnswer {
  // The reply comes after the step in flight, when the page would have moved on to another group.
  if (getUi().state === 'running') setUi({ follow: false });
  const { documentId, window, question, promptTokens } = group;
  return { documentId, window, question, promptTokens, answer };
}

const off: ShownAttention = { view: null, state: 'off' };

/** The attention of an answer of the shown group while its layer is on; asks for it where it is not known. */
export function useShownAttention(group: GroupView | null, answerIndex: number): ShownAttention {
  const isOn = useReader((state) => state.attention);
  const able = useUi(hasEngine);
  const runId = useUi((state) => state.runId);
  const token = useUi((state) => state.token);
  const { of, layer, known } = useAttention();
  const answer = group?.answers[answerIndex];
  const place = of === 'token' && answer ? Math.min(token, answer.tokens.length - 1) : null;
  const isWanted = isOn && able && answer !== undefined && answer.tokens.length > 0;
  const key = isWanted ? JSON.stringify([runId, group?.uid, answerIndex, place, layer]) : null;
  const isKnown = known?.key === key;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which answer it is.
  useEffect(() => {
    if (key === null || isKnown || !group || !answer) return;
    void ask(key, { ...askedAnswer(group, answer.tokens), token: place, layer });
  }, [key, isKnown]);

  if (key === null) return off;
  if (!isKnown) return { view: null, state: 'asked' };
  return known.view ? { view: known.view, state: 'shown' } : { view: null, state: 'refused' };
}

/** @file The distribution that the pinned token was drawn from, asked of the engine, under the settings of its step and the controls'. */
import { useEffect, useMemo } from 'react';
import { create } from 'zustand';
import type { GroupView } from '../../../workers/protocol';
import type { DrawSettings } from '../../rl/next-token';
import type { NextTokenLogits } from '../../run/answer-next-token';
import type { RunConfig, SettingKey } from '../../run/config';
import { askedAnswer, hasEngine } from './attention';
import { nextTokenOf } from './commands';
import type { UiState } from './model';
import { newestWish } from './newest-wish';
import { useUi } from './store';
import { configOfStep, pendingSettings } from './what-if-settings';

interface NextTokenState {
  isOpen: boolean;
  /** What was asked last and what came of it; null where the engine refused. */
  known: { key: string; logits: NextTokenLogits | null } | null;
}

export const useNextToken = create<NextTokenState>()(() => ({ isOpen: false, known: null }));

export function toggleNextToken(): void {
  useNextToken.setState(({ isOpen }) => ({ isOpen: !isOpen }));
}

/** Asks anew, since the policy has moved on. */
export function forgetNextToken(): void {
  useNextToken.setState({ known: null });
}

const ask = newestWish(nextTokenOf, (key, logits) => useNextToken.setState({ known: { key, logits } }));

const drawKeys: readonly SettingKey[] = ['temperature', 'top_k', 'top_p'];

/** How the answers of a step were drawn, and how the controls would have them drawn: the same objects until that changes. */
export function useDraws(step: number): { used: DrawSettings; controls: DrawSettings | null } {
  const key = useUi((state) => JSON.stringify([drawnAt(state, step), drawnUnderControls(state, step)]));
  return useMemo(() => {
    const [used, controls] = JSON.parse(key) as [DrawSettings, DrawSettings | null];
    return { used, controls };
  }, [key]);
}

function drawnAt(state: Pick<UiState, 'config' | 'marks'>, step: number): DrawSettings {
  return drawSettings(configOfStep(state, step));
}

/** How the controls would have them drawn, where that is another way that no step was made in yet; else null. */
function drawnUnderControls(state: UiState, step: number): DrawSettings | null {
  const pending = pendingSettings(state, drawKeys);
  if (Object.keys(pending).length === 0) return null;
  return drawSettings({ ...configOfStep(state, step), ...pending });
}

function drawSettings({ temperature, top_k, top_p }: RunConfig): DrawSettings {
  return { temperature, topK: top_k, topP: top_p };
}

export interface ShownNextToken {
  /** Null while they are computed, and where they could not be. */
  logits: NextTokenLogits | null;
  state: 'off' | 'asked' | 'shown' | 'refused';
}

const off: ShownNextToken = { logits: null, state: 'off' };

/** The logits at a token of an answer while the panel is open; asks for them where they are not known. */
export function useShownNextToken(group: GroupView, answer: number, token: number): ShownNextToken {
  const { isOpen, known } = useNextToken();
  const able = useUi(hasEngine);
  const runId = useUi((state) => state.runId);
  const tokens = group.answers[answer]?.tokens;
  const isWanted = isOpen && able && tokens !== undefined && token < tokens.length;
  const key = isWanted ? JSON.stringify([runId, group.uid, answer, token]) : null;
  const isKnown = known?.key === key;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which token it is.
  useEffect(() => {
    if (key === null || isKnown || !tokens) return;
    void ask(key, { ...askedAnswer(group, tokens), token });
  }, [key, isKnown]);

  if (key === null) return off;
  if (!isKnown) return { logits: null, state: 'asked' };
  return known.logits ? { logits: known.logits, state: 'shown' } : { logits: null, state: 'refused' };
}

/** @file The groups of the step that is looked at, fetched from the run folder where the window lacks them. */
import { useEffect, useMemo } from 'react';
import { create } from 'zustand';
import type { AnswerPlace } from '../../run/doctor-answers';
import type { ShownRow } from '../../run/rollout-rows';
import { report, stepRollouts } from '../state/commands';
import { navigate } from '../state/link-sync';
import { followNewest, getUi, showAnswer, showGroup, useUi } from '../state/store';
import { setView, useView } from '../state/view';
import { imaginedGroups } from '../state/what-if';
import { fromRows, fromView, inOrder, type LabGroup } from './rollout-model';

const keptSteps = 8;

/** Lines of the steps looked at last, by run and step. */
const useFetched = create<{ steps: Readonly<Record<string, readonly ShownRow[] | 'loading'>> }>()(() => ({
  steps: {},
}));

export interface StepGroups {
  /** 0 before the first step. */
  step: number;
  groups: LabGroup[];
  /** Every group of the step is here, dropped ones beyond the window too. */
  whole: boolean;
}

/** Groups of a step; of the newest one that has answers for null. */
export function useStepGroups(wanted: number | null): StepGroups {
  const window = useUi(imaginedGroups);
  const runId = useUi((state) => state.runId);
  const done = useUi((state) => state.step);
  const resting = useUi((state) => state.state !== 'running');
  const newest = window[0]?.step ?? done;
  const step = wanted ?? newest;
  const key = `${runId} ${step}`;
  const fetched = useFetched((state) => state.steps[key]);
  // While training goes on and the newest step is followed, the window is enough.
  const fetch = fetched === undefined && step > 0 && step <= done && (wanted !== null || resting);

  useEffect(() => {
    if (fetch) void load(key, step);
  }, [fetch, key, step]);

  const groups = useMemo(() => {
    const own = window.filter((group) => group.step === step);
    return Array.isArray(fetched) && fetched.length > 0
      ? fromRows(fetched, own)
      : inOrder(own.map((group) => fromView(group)));
  }, [window, fetched, step]);
  return { step, groups, whole: Array.isArray(fetched) };
}

async function load(key: string, step: number): Promise<void> {
  const put = (rows: readonly ShownRow[] | 'loading') => {
    const others = Object.entries(useFetched.getState().steps).filter(([name]) => name !== key);
    useFetched.setState({ steps: { ...Object.fromEntries(others.slice(1 - keptSteps)), [key]: rows } });
  };
  put('loading');
  try {
    put(await stepRollouts(step));
  } catch (error) {
    report(error);
    put([]);
  }
}

/** Shows an answer in the inspector: with its tokens where they are at hand. */
export function inspect(group: LabGroup, answer: number): void {
  if (getUi().groups.some(({ uid }) => uid === group.uid)) {
    showGroup(group.uid);
    showAnswer(answer);
    setView({ past: null, inspecting: true });
    return;
  }
  setView({ step: group.step, past: { uid: group.uid, answer }, inspecting: true });
}

/** Goes to a step: the Lab's views and the inspector show its groups. */
export function goToStep(step: number | null): void {
  navigate({ step });
  if (step === null) {
    followNewest();
    return;
  }
  const own = getUi().groups.find((group) => group.step === step && group.kept);
  if (own) showGroup(own.uid);
}

/** Goes to the step of an answer and shows it in the inspector. */
export function goToAnswer({ uid, step, answer }: AnswerPlace): void {
  goToStep(step);
  if (!getUi().groups.some((group) => group.uid === uid)) {
    setView({ past: { uid, answer }, inspecting: true });
    return;
  }
  showGroup(uid);
  showAnswer(answer);
  setView({ inspecting: true });
}

/** The group of the inspector that only the folder has, with the answer looked at. */
export function usePast(): { group: LabGroup; answer: number } | null {
  const past = useView((state) => state.past);
  const step = useView((state) => state.step);
  const { groups } = useStepGroups(past ? step : null);
  if (!past) return null;
  const group = groups.find(({ uid }) => uid === past.uid);
  return group ? { group, answer: Math.min(past.answer, group.answers.length - 1) } : null;
}

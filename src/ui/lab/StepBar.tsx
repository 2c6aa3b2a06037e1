/** @file Which step is looked at: back and forth, a number to type, and the way back to the newest. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from '../kit/Button';
import { NumberField } from '../kit/NumberField';
import { rowOf } from '../state/history';
import { useKeyWords } from '../state/key-map';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { labStrings } from '../strings-lab';
import styles from './lab.module.css';
import { goToStep, type StepGroups } from './rollouts-store';

const words = labStrings.rollouts;

/** Counts of a step as its metrics say them, which include groups that the page's window no longer holds. */
export function useStepCounts({ step, groups }: StepGroups): { kept: number; dropped: number } {
  const metrics = useUi((state) => rowOf(state.history, step))?.metrics;
  const known = metrics?.['group/kept'];
  if (metrics === undefined || known === undefined) {
    const kept = groups.filter((group) => group.kept).length;
    return { kept, dropped: groups.length - kept };
  }
  const reasons = ['all_right', 'all_wrong', 'uniform_reward', 'surplus'];
  const dropped = reasons.reduce((sum, reason) => sum + (metrics[`group/dropped_${reason}`] ?? 0), 0);
  return { kept: known, dropped };
}

export function StepBar({ of }: { of: StepGroups }) {
  const keyed = useKeyWords();
  const done = useUi((state) => state.step);
  const picked = useView((state) => state.step);
  const { kept, dropped } = useStepCounts(of);
  return (
    <span className={styles.bar}>
      <Button
        size="icon"
        look="quiet"
        aria-label={keyed(words.previous)}
        title={keyed(words.previous)}
        disabled={of.step <= 1}
        onClick={() => goToStep(of.step - 1)}
      >
        <ChevronLeft size={16} aria-hidden="true" />
      </Button>
      <NumberField
        label={words.step}
        value={of.step}
        min={1}
        max={Math.max(1, done)}
        step={1}
        testId="step-field"
        onCommit={(next) => Number.isInteger(next) && next >= 1 && next <= done && goToStep(next)}
      />
      <Button
        size="icon"
        look="quiet"
        aria-label={keyed(words.next)}
        title={keyed(words.next)}
        disabled={of.step >= done}
        onClick={() => goToStep(of.step + 1)}
      >
        <ChevronRight size={16} aria-hidden="true" />
      </Button>
      <span className="data" data-testid="step-counts">
        {words.counts(kept, dropped)}
      </span>
      {picked !== null && (
        <Button onClick={() => goToStep(null)} data-testid="newest">
          {words.newest}
        </Button>
      )}
    </span>
  );
}

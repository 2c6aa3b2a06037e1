/** @file What a fork begins from and what will differ in it. */
import { useState } from 'react';
import type { RunConfig } from '../../run/config';
import type { RunDescription } from '../../run/run-description';
import kit from '../kit/kit.module.css';
import { runStrings } from '../strings-runs';
import { forkRun } from './actions';
import { DifferenceForm } from './DifferenceForm';
import styles from './runs.module.css';

const words = runStrings.forkForm;

/** @param change what is proposed: one setting, or none. */
export function ForkForm({ run, change = {} }: { run: RunDescription; change?: Partial<RunConfig> }) {
  const [[key, value] = ['', '']] = Object.entries(change);
  const [step, setStep] = useState(run.checkpoints.at(-1) ?? 0);
  if (!run.config) return null;
  return (
    <DifferenceForm
      config={run.config}
      words={words}
      name="fork"
      first={{ key, value: String(value) }}
      takesFocus
      onStart={(changes) => void forkRun({ run, step, changes })}
    >
      <label className={styles.field}>
        {words.step}
        <select
          className={kit.select}
          value={step}
          onChange={(event) => setStep(Number(event.target.value))}
          data-testid="fork-step"
        >
          {run.checkpoints.toReversed().map((at) => (
            <option key={at}>{at}</option>
          ))}
        </select>
      </label>
    </DifferenceForm>
  );
}

/** @file What a fork begins from and what will differ in it. */
import { useState } from 'react';
import { asCodedError } from '../../errors';
import { settings } from '../../run/config';
import type { RunDescription } from '../../run/run-description';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { runStrings } from '../strings-runs';
import { changeable, forkRun, readChange } from './actions';
import styles from './runs.module.css';

const words = runStrings.forkForm;

export function ForkForm({ run }: { run: RunDescription }) {
  const [step, setStep] = useState(run.checkpoints.at(-1) ?? 0);
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState('');
  const config = run.config;
  if (!config) return null;
  const fork = () => {
    try {
      const changes = key === '' ? {} : readChange(key, value);
      setProblem('');
      void forkRun({ run, step, changes });
    } catch (error) {
      const { message, advice } = asCodedError(error);
      setProblem(`${message} ${advice}`);
    }
  };
  return (
    <form
      className={styles.actions}
      data-testid="fork-form"
      onSubmit={(event) => {
        event.preventDefault();
        fork();
      }}
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
      <label className={styles.field}>
        {words.what}
        <select
          className={kit.select}
          // biome-ignore lint/a11y/noAutofocus: the form appears by the person's own press.
          autoFocus
          value={key}
          onChange={({ target }) => {
            setKey(target.value);
            const now = settings.find((setting) => setting.key === target.value);
            setValue(now ? String(config[now.key]) : '');
          }}
          data-testid="fork-setting"
        >
          <option value="">{words.nothing}</option>
          {changeable.map(({ key: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {key !== '' && (
        <label className={styles.field}>
          {words.value}
          <input
            className={styles.text}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            data-testid="fork-value"
          />
        </label>
      )}
      <Button type="submit" look="primary" data-testid="fork-start">
        {words.start}
      </Button>
      <p className={styles.muted}>{words.help}</p>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}

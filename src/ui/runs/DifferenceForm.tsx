/** @file What will differ in a run that begins as another one stands: one setting, chosen and typed. */
import { type ReactNode, useState } from 'react';
import { asCodedError } from '../../errors';
import { type RunConfig, settings } from '../../run/config';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { changeable, readChange } from './actions';
import styles from './runs.module.css';

interface DifferenceFormProps {
  /** The run it begins as. */
  config: RunConfig;
  words: Record<'what' | 'nothing' | 'value' | 'start' | 'help', string>;
  /** What test ids begin with. */
  name: string;
  /** The setting and value that are offered first. */
  first?: { key: string; value: string };
  /** Before the setting. */
  children?: ReactNode;
  /** The form appears by the person's own press. */
  takesFocus?: boolean;
  busy?: boolean;
  onStart(changes: Record<string, unknown>): void;
}

export function DifferenceForm({
  config,
  words,
  name,
  first = { key: '', value: '' },
  children,
  takesFocus = false,
  busy = false,
  onStart,
}: DifferenceFormProps) {
  const [key, setKey] = useState(first.key);
  const [value, setValue] = useState(first.value);
  const [problem, setProblem] = useState('');
  const start = () => {
    try {
      const changes = key === '' ? {} : readChange(key, value);
      setProblem('');
      onStart(changes);
    } catch (error) {
      const { message, advice } = asCodedError(error);
      setProblem(`${message} ${advice}`);
    }
  };
  return (
    <form
      className={styles.actions}
      data-testid={`${name}-form`}
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      {children}
      <label className={styles.field}>
        {words.what}
        <select
          className={kit.select}
          // biome-ignore lint/a11y/noAutofocus: only where the person has just asked for the form.
          autoFocus={takesFocus}
          value={key}
          data-testid={`${name}-setting`}
          onChange={({ target }) => {
            setKey(target.value);
            const now = settings.find((setting) => setting.key === target.value);
            setValue(now ? String(config[now.key]) : '');
          }}
        >
          <option value="">{words.nothing}</option>
          {changeable.map((setting) => (
            <option key={setting.key} value={setting.key}>
              {setting.label} ({setting.key})
            </option>
          ))}
        </select>
      </label>
      {key !== '' && (
        <input
          className={styles.text}
          aria-label={words.value}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          data-testid={`${name}-value`}
        />
      )}
      <Button type="submit" look="primary" disabled={busy} data-testid={`${name}-start`}>
        {words.start}
      </Button>
      <p className={styles.muted}>{words.help}</p>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}

/** @file A short text a person can type; it is meant on Enter and on leaving the field. */
import { useEffect, useState } from 'react';
import styles from './kit.module.css';

interface TextFieldProps {
  label: string;
  value: string;
  testId?: string;
  onCommit(value: string): void;
}

export function TextField({ label, value, testId, onCommit }: TextFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <input
      className={styles.textInput}
      aria-label={label}
      value={typed}
      spellCheck={false}
      data-testid={testId}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => {
        if (typed !== value) onCommit(typed);
        // What was refused does not stay in the field.
        setTyped(value);
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}

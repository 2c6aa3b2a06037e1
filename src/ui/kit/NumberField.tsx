/** @file A number a person can type, with arrow keys for small steps. Values out of range are handed on, not clamped. */
import { NumberField as Base } from '@base-ui/react/number-field';
import styles from './kit.module.css';

interface NumberFieldProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  testId?: string;
  /** Called when the value is meant: on Enter, on leaving the field, and on each arrow key. */
  onCommit(value: number): void;
}

const format: Intl.NumberFormatOptions = { maximumSignificantDigits: 6, useGrouping: false };
const small: Intl.NumberFormatOptions = { notation: 'scientific', maximumSignificantDigits: 4 };

export function NumberField({ label, value, min, max, step, testId, onCommit }: NumberFieldProps) {
  return (
    <Base.Root
      className={styles.number}
      value={value}
      min={min}
      max={max}
      step={step}
      allowOutOfRange
      locale="en"
      format={value !== 0 && Math.abs(value) < 1e-3 ? small : format}
      onValueCommitted={(next) => next !== null && next !== value && onCommit(Number(next.toPrecision(6)))}
    >
      <Base.Input
        className={styles.numberInput}
        aria-label={label}
        data-testid={testId}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
    </Base.Root>
  );
}

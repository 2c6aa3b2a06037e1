/** @file A slider with one thumb, linear or logarithmic. */
import { Slider as Base } from '@base-ui/react/slider';
import styles from './kit.module.css';

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  /** On a log scale, a factor. */
  step: number;
  log?: boolean;
  valueText?: string;
  testId?: string;
  onChange(value: number): void;
  /** Once, when the thumb is let go or a key has moved it. */
  onCommit?(value: number): void;
}

/** Positions on a logarithmic slider, end to end. */
const logPositions = 200;

export function Slider({
  label,
  value,
  min,
  max,
  step,
  log,
  valueText,
  testId,
  onChange,
  onCommit,
}: SliderProps) {
  const span = Math.log(max / min);
  const toPosition = (v: number) => Math.round((Math.log(Math.max(min, v) / min) / span) * logPositions);
  const fromPosition = (p: number) => Number((min * Math.exp((p / logPositions) * span)).toPrecision(2));
  const meant = (next: number) => (log ? fromPosition(next) : Number(next.toPrecision(6)));
  const clamped = Math.min(max, Math.max(min, value));
  return (
    <Base.Root
      className={styles.slider}
      value={log ? toPosition(clamped) : clamped}
      min={log ? 0 : min}
      max={log ? logPositions : max}
      step={log ? 1 : step}
      largeStep={log ? 20 : step * 10}
      // The default is the browser's own, which a machine without a locale may name in a way that Intl refuses.
      locale="en"
      onValueChange={(next) => onChange(meant(next))}
      onValueCommitted={(next) => onCommit?.(meant(next))}
    >
      <Base.Control className={styles.control}>
        <Base.Track className={styles.track}>
          <Base.Indicator className={styles.indicator} />
          <Base.Thumb
            className={styles.thumb}
            getAriaLabel={() => label}
            getAriaValueText={() => valueText ?? String(value)}
            inputRef={(input) => {
              if (input && testId) input.dataset.testid = testId;
            }}
          />
        </Base.Track>
      </Base.Control>
    </Base.Root>
  );
}

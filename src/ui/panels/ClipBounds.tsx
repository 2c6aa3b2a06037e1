/** @file The values behind the plot: both bounds, singly or together, or the two τ of the loss that has no bounds. */
import { Link2, Link2Off } from 'lucide-react';
import { useState } from 'react';
import { fixed, percent } from '../format';
import { Button } from '../kit/Button';
import { NumberField } from '../kit/NumberField';
import { Slider } from '../kit/Slider';
import { change } from '../state/commands';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import type { ShownObjective } from './answer-terms';
import styles from './clip.module.css';
import type { ClipShares } from './clip-prediction';

const words = strings.clip;
const more = playWords.clip;

interface ClipBoundsProps {
  objective: ShownObjective;
  shares: ClipShares;
  onLow(value: number): void;
  onHigh(value: number): void;
}

export function ClipBounds({ objective, shares, onLow, onHigh }: ClipBoundsProps) {
  const [linked, setLinked] = useState(false);
  const { clipRatioLow: low, clipRatioHigh: high, lossMode, tauPos, tauNeg } = objective;
  // The ratio of a whole answer hardly moves: its bounds are of another size.
  const range = lossMode === 'gspo' ? narrow : wide;
  const both = (value: number) => change({ clip_ratio_low: value, clip_ratio_high: value });
  if (lossMode === 'sapo') {
    return (
      <>
        <p className={styles.note}>{more.noBounds}</p>
        <Value name={more.tauPos} value={tauPos} range={tau} onChange={(tau_pos) => change({ tau_pos })} />
        <Value name={more.tauNeg} value={tauNeg} range={tau} onChange={(tau_neg) => change({ tau_neg })} />
      </>
    );
  }
  return (
    <div className={styles.bounds}>
      <div>
        <Value
          name={words.low}
          label={words.lowLong}
          value={low}
          range={range}
          share={shares.low}
          testId="clip-low"
          onChange={linked ? both : onLow}
        />
        <Value
          name={words.high}
          label={words.highLong}
          value={high}
          range={range}
          share={shares.high}
          testId="clip-high"
          onChange={linked ? both : onHigh}
        />
      </div>
      <Button
        size="icon"
        look="quiet"
        aria-pressed={linked}
        aria-label={more.link}
        title={more.linkTitle}
        onClick={() => {
          if (!linked && low !== high) both(high);
          setLinked(!linked);
        }}
      >
        {linked ? <Link2 size={14} aria-hidden="true" /> : <Link2Off size={14} aria-hidden="true" />}
      </Button>
    </div>
  );
}

interface Range {
  min: number;
  max: number;
  step: number;
  log?: boolean;
}

const wide: Range = { min: 0, max: 1, step: 0.01 };
const narrow: Range = { min: 1e-4, max: 1, step: 1e-4, log: true };
const tau: Range = { min: 0.05, max: 10, step: 0.05 };

interface ValueProps {
  name: string;
  label?: string;
  value: number;
  range: Range;
  /** Predicted share of tokens that the bound holds. */
  share?: number;
  testId?: string;
  onChange(value: number): void;
}

function Value({ name, label = name, value, range, share, testId, onChange }: ValueProps) {
  return (
    <div className={styles.control}>
      <span className={styles.label} aria-hidden="true">
        {name}
      </span>
      <Slider
        {...range}
        label={label}
        value={value}
        valueText={share === undefined ? String(value) : words.valueText(fixed(value), percent(share))}
        testId={testId}
        onChange={onChange}
      />
      <NumberField
        label={label}
        value={value}
        min={range.log ? 0 : range.min}
        max={range.max}
        step={range.step}
        testId={testId && `${testId}-number`}
        onCommit={onChange}
      />
    </div>
  );
}

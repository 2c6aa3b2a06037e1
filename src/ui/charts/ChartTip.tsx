/**
 * @file What a curve says at the place that is pointed at or reached by arrow keys: value, smoothed value, changes made
 * there, and what the metric means.
 */
import { chartWords } from '../strings-charts';
import styles from './chart.module.css';

export interface Tip {
  step: number;
  value: string;
  smoothed: string;
  /** Changes at this place, in words. */
  changes: readonly string[];
}

interface ChartTipProps {
  tip: Tip | null;
  /** Definition and healthy range. */
  help: string;
  /** Reached by keys: read out, since nobody looks at a pointer. */
  spoken: boolean;
  /** What a click does; '' where it does nothing. */
  action: string;
  /** The plot it belongs to, on the screen, and the place within it. */
  at: { left: number; top: number; bottom: number } | null;
}

/** Widest tip, and the room that it needs below, in CSS pixels. */
const widest = 300;
const highest = 150;

export function ChartTip({ tip, help, spoken, action, at }: ChartTipProps) {
  const below = at !== null && at.bottom + highest < innerHeight;
  return (
    <div
      className={styles.tip}
      aria-live={spoken ? 'polite' : 'off'}
      data-testid={tip ? 'chart-tip' : undefined}
      style={
        at === null
          ? undefined
          : {
              insetInlineStart: Math.max(4, Math.min(innerWidth - widest - 4, at.left - widest / 2)),
              ...(below ? { insetBlockStart: at.bottom + 6 } : { insetBlockEnd: innerHeight - at.top + 6 }),
            }
      }
    >
      {tip && (
        <>
          <p className="data">{chartWords.tip(tip.step, tip.value, tip.smoothed)}</p>
          {tip.changes.map((words) => (
            <p key={words} className={`data ${styles.change}`}>
              {words}
            </p>
          ))}
          <p className={styles.help}>{help}</p>
          {action !== '' && <p className={styles.help}>{action}</p>}
        </>
      )}
    </div>
  );
}

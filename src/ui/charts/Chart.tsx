/** @file One curve as a figure: plot, current value, a sentence for those who do not see it, a table on request. */
import { Table2 } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Button } from '../kit/Button';
import type { ChangeMark } from '../state/model';
import { strings } from '../strings';
import { useTheme } from '../theme';
import styles from './chart.module.css';
import { describeSeries } from './describe';
import { plotOptions } from './plot';
import { smooth } from './smoothing';

interface ChartProps {
  name: string;
  /** Definition and healthy range, for the tooltip. */
  help: string;
  steps: readonly number[];
  values: readonly (number | null)[];
  marks: readonly ChangeMark[];
  height: number;
  format(value: number): string;
  testId?: string;
}

const smoothing = 0.6;
const tableRows = 50;

export const Chart = memo(function Chart({
  name,
  help,
  steps,
  values,
  marks,
  height,
  format,
  testId,
}: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marksRef = useRef(marks);
  const { dark } = useTheme();
  const [hovered, setHovered] = useState<number | null>(null);
  const [tabled, setTabled] = useState(false);
  const smoothed = useMemo(() => smooth(steps, values, smoothing), [steps, values]);
  const sentence = useMemo(() => describeSeries(name, steps, values, format), [name, steps, values, format]);
  const empty = steps.length === 0;

  useEffect(() => {
    const element = host.current;
    if (!element || empty) return;
    const options = plotOptions({
      element,
      height,
      format,
      dark,
      marks: () => marksRef.current,
      onHover: setHovered,
    });
    const made = new uPlot(options, [[], [], []], element);
    plot.current = made;
    const resizing = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height });
    });
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [empty, height, format, dark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot (theme, size) needs its data again.
  useEffect(() => {
    marksRef.current = marks;
    plot.current?.setData([[...steps], [...values], smoothed]);
  }, [steps, values, smoothed, marks, empty, height, format, dark]);

  const at = hovered ?? steps.length - 1;
  const shown = values[at];
  return (
    <figure className={styles.figure} data-testid={testId} title={help}>
      <div className={styles.head}>
        <span className={styles.name}>{name}</span>
        <span className={`data ${styles.value}`}>
          {shown === null || shown === undefined ? '–' : format(shown)}
        </span>
        <span className={`data ${styles.step}`}>{hovered === null ? '' : `@ ${steps[hovered]}`}</span>
        <Button
          look="quiet"
          size="icon"
          className={styles.tableButton}
          aria-expanded={tabled}
          aria-label={strings.charts.table(name)}
          onClick={() => setTabled(!tabled)}
        >
          <Table2 size={14} aria-hidden="true" />
        </Button>
      </div>
      {empty ? (
        <p className={styles.empty} style={{ blockSize: height }}>
          {strings.charts.empty}
        </p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: uPlot draws into a div.
        <div
          ref={host}
          className={styles.plot}
          role="group"
          aria-label={strings.charts.plot(name)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the curve value by value.
          tabIndex={0}
          data-own-arrows=""
          onKeyDown={(event) => {
            const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (by === 0) return;
            event.preventDefault();
            setHovered(Math.min(steps.length - 1, Math.max(0, at + by)));
          }}
          onBlur={() => setHovered(null)}
        />
      )}
      <figcaption className="unseen">
        {sentence}
        {marks.length > 0 && ` ${strings.charts.changes}: ${marks.slice(-10).map(markWords).join('; ')}.`}
      </figcaption>
      {tabled && <Table name={name} steps={steps} values={values} format={format} />}
    </figure>
  );
});

function markWords(mark: ChangeMark): string {
  return `${strings.charts.step} ${mark.step} ${strings.charts.mark(mark.key, mark.from, mark.to, mark.time)}`;
}

/** At most fifty rows, the last one always among them. */
function Table({ name, steps, values, format }: Pick<ChartProps, 'name' | 'steps' | 'values' | 'format'>) {
  const stride = Math.ceil(steps.length / tableRows);
  const rows = steps.map((_, i) => i).filter((i) => (steps.length - 1 - i) % stride === 0);
  return (
    <div className={styles.tableBox}>
      <table className={`data ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">{strings.charts.step}</th>
            <th scope="col">{name}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => {
            const value = values[i];
            return (
              <tr key={steps[i]}>
                <td>{steps[i]}</td>
                <td>{value === null ? '–' : format(value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

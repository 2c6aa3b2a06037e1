/** @file The numbers of a curve: a table to read, and the curve as a file. */
import { Button } from '../kit/Button';
import { saveFile } from '../save-file';
import { strings } from '../strings';
import styles from './chart.module.css';

interface ChartTableProps {
  name: string;
  steps: readonly number[];
  values: readonly (number | null)[];
  format(value: number): string;
  canvas(): HTMLCanvasElement | null;
}

const tableRows = 50;

/** At most fifty rows, the last one always among them; the CSV has all. */
export function ChartTable({ name, steps, values, format, canvas }: ChartTableProps) {
  const stride = Math.ceil(steps.length / tableRows);
  const rows = steps.map((_, i) => i).filter((i) => (steps.length - 1 - i) % stride === 0);
  const file = name.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'chart';
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key. */}
      <section className={styles.tableBox} tabIndex={0} aria-label={strings.charts.table(name)}>
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
      </section>
      <div className={styles.files}>
        <Button onClick={() => saveFile(`${file}.csv`, 'text/csv', [curveCsv(name, steps, values)])}>
          CSV
        </Button>
        <Button
          onClick={() =>
            canvas()?.toBlob((blob) => blob && saveFile(`${file}.png`, 'image/png', [blob]), 'image/png')
          }
        >
          PNG
        </Button>
      </div>
    </div>
  );
}

function curveCsv(name: string, steps: readonly number[], values: readonly (number | null)[]): string {
  return [
    `step,"${name.replaceAll('"', '""')}"`,
    ...steps.map((step, i) => `${step},${values[i] ?? ''}`),
    '',
  ].join('\n');
}

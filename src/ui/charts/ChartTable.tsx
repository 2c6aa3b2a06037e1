/** @file The numbers of a chart: a table to read, and the chart as a file. */
import { Table2 } from 'lucide-react';
import { useState } from 'react';
import { compact } from '../format';
import { Button } from '../kit/Button';
import { report } from '../state/commands';
import { strings } from '../strings';
import { chartWords, type FileKind } from '../strings-charts';
import styles from './chart.module.css';
import type { Cell, Picture } from './chart-files';
import type { Provenance } from './origin';

export interface ChartTableProps {
  name: string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** How a cell is written in the table; files have all digits. */
  written?(cell: Cell, column: number): string;
  /** Without one there are only numbers to take along. */
  picture?(): Picture | null;
  /** Where the numbers come from, unless from the run on screen. */
  from?(): Provenance;
}

const tableRows = 50;
const kinds = ['csv', 'png', 'svg'] as const satisfies readonly FileKind[];

/** At most fifty rows, the last one always among them; the CSV has all. */
export function ChartTable({ name, columns, rows, written = plain, picture, from }: ChartTableProps) {
  const stride = Math.ceil(rows.length / tableRows);
  const shown = rows.map((_, i) => i).filter((i) => (rows.length - 1 - i) % stride === 0);
  const save = async (kind: FileKind) => {
    try {
      // Code that few will ask for comes when one does.
      const { saveChart } = await import('./chart-files');
      await saveChart(kind, { name, columns, rows }, picture ?? null, from?.());
    } catch (error) {
      report(error);
    }
  };
  return (
    <div className={styles.numbers}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key. */}
      <section className={styles.tableBox} tabIndex={0} aria-label={strings.charts.table(name)}>
        <table className={`data ${styles.table}`}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((i) => (
              <tr key={i}>
                {rows[i].map((cell, column) => (
                  <td key={columns[column]}>{written(cell, column)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={styles.files}>
        {kinds
          .filter((kind) => kind === 'csv' || picture)
          .map((kind) => (
            <Button key={kind} title={chartWords.fileTitle(kind)} onClick={() => void save(kind)}>
              {kind.toUpperCase()}
            </Button>
          ))}
      </div>
    </div>
  );
}

function plain(cell: Cell): string {
  return cell === null ? '–' : typeof cell === 'number' ? compact(cell) : cell;
}

interface TableButtonProps {
  name: string;
  open: boolean;
  onToggle(): void;
}

export function TableButton({ name, open, onToggle }: TableButtonProps) {
  return (
    <Button
      look="quiet"
      size="icon"
      className={styles.tableButton}
      aria-expanded={open}
      aria-label={strings.charts.table(name)}
      title={chartWords.menu(name)}
      onClick={onToggle}
    >
      <Table2 size={14} aria-hidden="true" />
    </Button>
  );
}

/** Table and files of a picture that has no head of its own; the rows are made once they are asked for. */
export function ChartData({
  rows,
  ...rest
}: Omit<ChartTableProps, 'rows'> & { rows(): (readonly Cell[])[] }) {
  const [open, setOpen] = useState(false);
  return (
    <div className={styles.chartData}>
      <TableButton name={rest.name} open={open} onToggle={() => setOpen(!open)} />
      {open && <ChartTable {...rest} rows={rows()} />}
    </div>
  );
}

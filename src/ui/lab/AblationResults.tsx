/** @file An ablation that was opened: scores of its cells, what each level adds, and the curves. */
import { useEffect, useMemo, useState } from 'react';
import type { AblationReading } from '../../run/ablation-read';
import { ablationFigure, type OverSeeds } from '../../run/ablation-table';
import { fixed, signed } from '../format';
import { Button } from '../kit/Button';
import { saveFile } from '../save-file';
import { ablateWords as words } from '../strings-ablate';
import { useTheme } from '../theme';
import ablate from './ablate.module.css';
import { saveAblation, useAblation } from './ablation-store';
import styles from './lab.module.css';
import { useTier } from './tier';

export function AblationResults({ reading }: { reading: AblationReading }) {
  const { table, cells, results, markdown } = reading;
  const made = useAblation((state) => state.made !== null);
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  if (results.length === 0)
    return (
      <p data-testid="ablate-counts">
        {words.counts(0, cells.length, seeds)}. {words.noneFinished}
      </p>
    );
  const { columns, differenceColumns } = words;
  const buckets = table.rows[0].buckets.map(({ bucket }) => bucket);
  return (
    <>
      <p className={styles.muted} data-testid="ablate-counts">
        {words.counts(results.length, cells.length, seeds)}. {results.length < cells.length && words.rest}
      </p>
      <section
        className={ablate.scroll}
        aria-label={words.table}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
        tabIndex={0}
      >
        <table className={`data ${styles.table}`} data-testid="ablate-table">
          <caption>
            {words.table}; {words.tableNote(Math.max(...table.rows.map((row) => row.seeds.length)))}
          </caption>
          <thead>
            <tr>
              {[columns.cell, columns.seeds, columns.steps, columns.before, columns.after, columns.rise].map(
                (name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ),
              )}
              {buckets.map((bucket) => (
                <th key={bucket} scope="col">
                  {columns.bucket(bucket)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map(({ levels, seeds: own, steps, before, after, rise, buckets: scores }) => (
              <tr key={levels.join()}>
                <th scope="row">{levels.join(', ')}</th>
                <td>{own.join(', ')}</td>
                <td>{steps}</td>
                <td>
                  <Score of={before} />
                </td>
                <td>
                  <Score of={after} />
                </td>
                <td>
                  <Score of={rise} plus />
                </td>
                {scores.map(({ bucket, score }) => (
                  <td key={bucket}>
                    <Score of={score} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {table.longest !== null && table.comparisons.length > 0 && (
        <section
          className={ablate.scroll}
          aria-label={words.differences(table.longest)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
          tabIndex={0}
        >
          <table className={`data ${styles.table}`} data-testid="ablate-differences">
            <caption>{words.differences(table.longest)}</caption>
            <thead>
              <tr>
                {Object.values(differenceColumns).map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.comparisons.map(({ axis, from, to, rest, seeds: own, difference }) => (
                <tr key={[axis, from, to, ...rest].join()}>
                  <th scope="row">{words.against(to, from)}</th>
                  <td>{rest.join(', ')}</td>
                  <td>{own.join(', ')}</td>
                  <td>
                    <Score of={difference} plus />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {table.absent.length > 0 && <p className={styles.muted}>{words.absent(table.absent)}</p>}
      <Curves reading={reading} />
      <div className={styles.bar}>
        <Button onClick={() => saveFile('figure.svg', 'image/svg+xml', [reading.figure])}>
          {words.saveFigure}
        </Button>
        <Button onClick={() => saveFile('table.md', 'text/markdown', [markdown])}>{words.saveTable}</Button>
        {made && <Button onClick={saveAblation}>{words.save}</Button>}
      </div>
    </>
  );
}

function Score({ of: { mean, interval }, plus = false }: { of: OverSeeds; plus?: boolean }) {
  const words = (value: number) => (plus ? signed(value, 3) : fixed(value, 3));
  return (
    <>
      {words(mean)}
      {interval && (
        <span className={ablate.interval}>
          {' '}
          [{words(interval.low)}, {words(interval.high)}]
        </span>
      )}
    </>
  );
}

/** The figure as an image: what comes from files is shown, never run. */
function Curves({ reading: { results, table } }: { reading: AblationReading }) {
  const { dark } = useTheme();
  const columns = useTier() === 'one' ? 1 : 2;
  const figure = useMemo(() => ablationFigure(results, { dark, columns }), [results, dark, columns]);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([figure], { type: 'image/svg+xml' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [figure]);
  const alt = useMemo(() => words.figureAlt(table.rows.map(({ levels }) => levels.join(', '))), [table]);
  return (
    <figure>
      <figcaption className={styles.muted}>{words.figure}</figcaption>
      {url && <img className={ablate.figure} src={url} alt={alt} data-testid="ablate-figure" />}
    </figure>
  );
}

/** @file The retrospective pool: every question with its difficulty and weight, as a table and as a beeswarm. */
import { useMemo, useState } from 'react';
import { trainerSettings } from '../../run/trainer-settings';
import { compact, fixed, percent, whole } from '../format';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { curriculumStrings } from '../strings-curriculum';
import { Beeswarm } from './Beeswarm';
import curriculum from './curriculum.module.css';
import styles from './lab.module.css';
import { type PoolRow, poolRows } from './pool-model';

const words = curriculumStrings;
/** The heaviest; the picture shows all. */
const shownRows = 200;

export function PoolPanel({ hasStages }: { hasStages: boolean }) {
  const config = useConfig();
  const pool = useUi((state) => state.pool);
  const stage = useUi((state) => state.stage);
  const [chosen, setChosen] = useState<number | null>(null);
  const rows = useMemo(
    () => poolRows(pool, trainerSettings(config), stage?.index ?? 0),
    [pool, config, stage],
  );
  const row = rows.find(({ index }) => index === chosen) ?? null;
  const isOff = config['pool.rule'] === 'off';
  return (
    <section className={`${panel.panel} ${styles.section}`} aria-labelledby="pool-title" data-testid="pool">
      <div className={panel.head}>
        <h2 id="pool-title">{words.pool}</h2>
        {rows.length > 0 && (
          <span className={styles.muted} data-testid="pool-facts">
            {words.poolFacts(rows.length, rows.filter(({ drawable }) => drawable).length)}
          </span>
        )}
      </div>
      <div className={styles.body}>
        {rows.length === 0 ? (
          <p className={styles.muted}>
            {isOff ? words.poolOff : hasStages ? words.poolEmpty : words.poolNoStages}
          </p>
        ) : (
          <>
            <Beeswarm rows={rows} chosen={chosen} onChoose={setChosen} />
            {row && <Chosen row={row} onClose={() => setChosen(null)} />}
            <PoolTable rows={rows.slice(0, shownRows)} chosen={chosen} onChoose={setChosen} />
          </>
        )}
        <p className={styles.muted}>{words.ours}</p>
      </div>
    </section>
  );
}

interface PoolTableProps {
  rows: readonly PoolRow[];
  chosen: number | null;
  onChoose(index: number): void;
}

function PoolTable({ rows, chosen, onChoose }: PoolTableProps) {
  const { columns } = words;
  const heaviest = Math.max(...rows.map(({ share }) => share), Number.MIN_VALUE);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
    <section className={curriculum.rows} tabIndex={0} aria-label={words.poolRows}>
      <table className={`data ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">{columns.id}</th>
            <th scope="col">{columns.stage}</th>
            <th scope="col">{columns.length}</th>
            <th scope="col">{columns.visits}</th>
            <th scope="col">{columns.reward}</th>
            <th scope="col">{columns.difficulty}</th>
            <th scope="col" colSpan={2}>
              {columns.weight}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.index} data-testid="pool-row" data-chosen={row.index === chosen}>
              <td>
                <button type="button" className={curriculum.question} onClick={() => onChoose(row.index)}>
                  {row.question}
                </button>{' '}
                {!row.drawable && <span className={styles.badge}>{words.waits}</span>}{' '}
                {row.stuck && <span className={styles.badge}>{words.stuck(row.visits)}</span>}
              </td>
              <td>{row.stage}</td>
              <td>{whole(row.maxTokens)}</td>
              <td>{row.visits}</td>
              <td>{fixed(row.lastReward)}</td>
              <td>{Number.isFinite(row.difficulty) ? fixed(row.difficulty) : words.infinite}</td>
              <td>{compact(row.weight)}</td>
              <td className={curriculum.weight}>
                <span
                  className={styles.barCell}
                  style={{ inlineSize: `${(row.share / heaviest) * 100}%` }}
                  title={percent(row.share)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** That question's rewards over time. */
function Chosen({ row, onClose }: { row: PoolRow; onClose(): void }) {
  return (
    <div className={curriculum.chosen} data-testid="pool-question">
      <h3 className={curriculum.heading}>{words.rewards(row.id)}</h3>
      <p>{row.question}</p>
      <ol className={`data ${curriculum.visits}`}>
        {row.rewards.map(({ step, reward }) => (
          <li key={step}>{words.visit(step, fixed(reward))}</li>
        ))}
      </ol>
      <Button onClick={onClose}>{words.close}</Button>
    </div>
  );
}

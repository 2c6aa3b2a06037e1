/** @file Every question of the pool as a dot: column = stage it was first drawn in, height = difficulty. */
import { useMemo, useRef } from 'react';
import { ChartData } from '../charts/ChartTable';
import { fixed, whole } from '../format';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import styles from './lab.module.css';
import { type PoolRow, swarm } from './pool-model';

const words = curriculumStrings;
const frame = { width: 700, height: 220, left: 44, right: 12, top: 20, bottom: 30 };
const radius = 4;

interface BeeswarmProps {
  rows: readonly PoolRow[];
  chosen: number | null;
  onChoose(index: number): void;
}

export function Beeswarm({ rows, chosen, onChoose }: BeeswarmProps) {
  const svg = useRef<SVGSVGElement>(null);
  const { dots, columns, ticks } = useMemo(() => layOut(rows), [rows]);
  const infinite = rows.filter((row) => !Number.isFinite(row.difficulty)).length;
  const sentence = words.swarm(rows.length, infinite);
  const base = frame.height - frame.bottom;
  return (
    <figure data-testid="swarm">
      <svg
        ref={svg}
        className={curriculum.swarm}
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label={sentence}
      >
        <path
          className={curriculum.axis}
          d={`M${frame.left} ${frame.top}V${base}H${frame.width - frame.right}`}
        />
        {ticks.map(({ label, y }) => (
          <text key={label} x={frame.left - 6} y={y + 4} textAnchor="end">
            {label}
          </text>
        ))}
        {columns.map(({ max, x }) => (
          <text key={max} x={x} y={base + 16} textAnchor="middle">
            ≤ {whole(max)}
          </text>
        ))}
        {dots.map(({ row, x, y }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the table below does the same by key.
          <circle
            key={row.index}
            className={curriculum.dot}
            cx={x}
            cy={y}
            r={radius}
            data-drawable={row.drawable}
            data-chosen={row.index === chosen}
            onClick={() => onChoose(row.index)}
          >
            <title>{row.question}</title>
          </circle>
        ))}
      </svg>
      <figcaption className={styles.muted}>{sentence}</figcaption>
      <ChartData
        name={words.pool}
        columns={Object.values(words.columns)}
        rows={() =>
          rows.map((row) => [
            row.question,
            row.stage,
            row.maxTokens,
            row.visits,
            row.lastReward,
            Number.isFinite(row.difficulty) ? row.difficulty : words.infinite,
            row.weight,
          ])
        }
        picture={() => svg.current && { svg: svg.current }}
      />
    </figure>
  );
}

function layOut(rows: readonly PoolRow[]) {
  const lengths = [...new Set(rows.map(({ maxTokens }) => maxTokens))].sort((a, b) => a - b);
  const finite = rows.map((row) => row.difficulty).filter(Number.isFinite);
  const hardest = Math.max(2, ...finite);
  const [top, base] = [frame.top + 8, frame.height - frame.bottom - 8];
  // A logarithm: difficulty is one over a mean of rewards.
  const yOf = (value: number) =>
    Number.isFinite(value) ? base - (Math.log(value) / Math.log(hardest)) * (base - top - 24) : top;
  const inner = frame.width - frame.left - frame.right;
  const xOf = (max: number) => frame.left + ((lengths.indexOf(max) + 0.5) / lengths.length) * inner;
  return {
    dots: swarm(rows, radius, (row) => ({ x: xOf(row.maxTokens), y: yOf(row.difficulty) })),
    columns: lengths.map((max) => ({ max, x: xOf(max) })),
    ticks: [
      { label: words.infinite, y: top },
      { label: fixed(hardest, 0), y: yOf(hardest) },
      { label: '1', y: base },
    ],
  };
}

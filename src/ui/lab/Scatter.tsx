/** @file Reward against length, a point an answer: ● right, ○ wrong; equal ones lie beside each other. */
import { useMemo, useRef } from 'react';
import { ChartData } from '../charts/ChartTable';
import { fixed } from '../format';
import { labStrings } from '../strings-lab';
import { useSelected } from './AnswerTable';
import styles from './lab.module.css';
import type { AnswerLine } from './rollout-model';
import rollouts from './rollouts.module.css';
import { inspect } from './rollouts-store';

const words = labStrings.rollouts;
const frame = { width: 760, height: 320, left: 44, right: 16, top: 16, bottom: 34 };
const radius = 4;

export function Scatter({ lines }: { lines: readonly AnswerLine[] }) {
  const selected = useSelected();
  const svg = useRef<SVGSVGElement>(null);
  const { points, lengths, rewards } = useMemo(() => place(lines), [lines]);
  const right = lines.filter(({ answer }) => answer.correct).length;
  const mean = lines.reduce((sum, { answer }) => sum + answer.length, 0) / Math.max(1, lines.length);
  const sentence = words.scatter(lines.length, right, fixed(mean, 1));
  const base = frame.height - frame.bottom;
  return (
    <figure className={styles.body} data-testid="scatter">
      <svg
        ref={svg}
        className={rollouts.scatter}
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label={sentence}
      >
        <path
          className={rollouts.axis}
          d={`M${frame.left} ${frame.top}V${base}H${frame.width - frame.right}`}
        />
        {lengths.map(({ value, at }) => (
          <text key={value} x={at} y={base + 14} textAnchor="middle">
            {value}
          </text>
        ))}
        {rewards.map(({ value, at }) => (
          <text key={value} x={frame.left - 6} y={at + 4} textAnchor="end">
            {fixed(value, 1)}
          </text>
        ))}
        <text x={frame.width - frame.right} y={base + 28} textAnchor="end">
          {words.scatterX}
        </text>
        <text x={2} y={11}>
          {words.scatterY}
        </text>
        {points.map(({ line: { group, answer }, x, y }) => {
          const key = `${group.uid} ${answer.index}`;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table of answers does the same by key.
            <circle
              key={key}
              className={rollouts.point}
              cx={x}
              cy={y}
              r={radius}
              data-correct={answer.correct}
              data-selected={key === selected}
              onClick={() => inspect(group, answer.index)}
            >
              <title>{`${group.uid} #${answer.index + 1}: ${fixed(answer.reward)}, ${answer.length}`}</title>
            </circle>
          );
        })}
      </svg>
      <figcaption className={styles.muted}>{sentence}</figcaption>
      <ChartData
        name={words.tabs.scatter}
        columns={words.scatterColumns}
        rows={() =>
          lines.map(({ group, answer }) => [
            group.uid,
            answer.index + 1,
            answer.length,
            answer.reward,
            answer.correct ? words.right : words.wrong,
          ])
        }
        picture={() => svg.current && { svg: svg.current }}
      />
    </figure>
  );
}

function place(lines: readonly AnswerLine[]) {
  const lengths = lines.map(({ answer }) => answer.length);
  const rewards = lines.map(({ answer }) => answer.reward);
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
  const [low, high] = [Math.min(0, ...rewards), Math.max(1, ...rewards)];
  const xOf = (length: number) =>
    frame.left +
    12 +
    ((length - shortest) / Math.max(1, longest - shortest)) * (frame.width - frame.left - frame.right - 24);
  const yOf = (reward: number) =>
    frame.height -
    frame.bottom -
    12 -
    ((reward - low) / (high - low)) * (frame.height - frame.top - frame.bottom - 24);
  const seen = new Map<string, number>();
  const points = lines.map((line) => {
    const { length, reward } = line.answer;
    const key = `${length} ${reward}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    // A sunflower of equal answers around their place.
    const [turn, far] = [before * 2.4, radius * 0.9 * Math.sqrt(before)];
    return { line, x: xOf(length) + far * Math.cos(turn), y: yOf(reward) + far * Math.sin(turn) };
  });
  const middle = Math.round((shortest + longest) / 2);
  return {
    points,
    lengths: [...new Set([shortest, middle, longest])].map((value) => ({ value, at: xOf(value) })),
    rewards: [...new Set([low, 0.5, high])].map((value) => ({ value, at: yOf(value) })),
  };
}

/** @file The end of a stage as a handle on the track: dragged, or moved by arrow keys. Numbers stand in StageFields. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import type { EdgeRange } from './stage-edit';

const words = curriculumStrings;

interface StageEdgeProps {
  name: string;
  steps: number;
  /** Steps of the stage behind that the edge shares with this one; 0 where it shares none. */
  behind: number;
  range: EdgeRange;
  /** While the pointer holds it; null lets it go where it was. */
  onPreview(steps: number | null): void;
  onCommit(steps: number): void;
}

export function StageEdge({ name, steps, behind, range, onPreview, onCommit }: StageEdgeProps) {
  // The scale of the beginning holds for the whole drag: the track is drawn anew under the pointer.
  const drag = useRef<{ x: number; steps: number; scale: number; at: number } | null>(null);
  const within = (wanted: number) => Math.max(range.min, Math.min(range.max, Math.round(wanted)));

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, steps, scale: scaleAt(event.currentTarget, steps, behind), at: steps };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const held = drag.current;
    if (!held) return;
    held.at = within(held.steps + (event.clientX - held.x) * held.scale);
    onPreview(held.at);
  };
  const release = (commit: boolean) => {
    const held = drag.current;
    drag.current = null;
    if (!held) return;
    onPreview(null);
    if (commit && held.at !== held.steps) onCommit(held.at);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const target = targetOf(event.key, steps, range);
    if (target === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') release(false);
    else if (within(target) !== steps) onCommit(within(target));
  };
  return (
    <span
      role="slider"
      tabIndex={0}
      className={curriculum.edge}
      aria-label={words.edge(name)}
      aria-valuemin={range.min}
      aria-valuemax={range.max}
      aria-valuenow={steps}
      aria-valuetext={words.edgeValue(steps)}
      title={words.edgeTitle}
      data-own-arrows=""
      data-testid="stage-edge"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => release(true)}
      onPointerCancel={() => release(false)}
      onKeyDown={onKeyDown}
    />
  );
}

/** Steps a pixel stands for: in the two stages that the edge lies between, which stay as wide together. */
function scaleAt(edge: HTMLElement, steps: number, behind: number): number {
  const cell = edge.parentElement;
  const next = behind > 0 ? cell?.nextElementSibling : null;
  const width = (cell?.clientWidth ?? 0) + (next?.clientWidth ?? 0);
  return (steps + behind) / Math.max(1, width);
}

/** Where a key wants the edge; null for keys that are not its own. */
function targetOf(key: string, steps: number, { min, max, shared }: EdgeRange): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return steps + 1;
    case 'ArrowLeft':
    case 'ArrowDown':
      return steps - 1;
    case 'PageUp':
      return steps + 10;
    case 'PageDown':
      return steps - 10;
    case 'Home':
      return min;
    // The end of the run has no farthest place worth going to.
    case 'End':
      return shared ? max : null;
    case 'Escape':
      return steps;
    default:
      return null;
  }
}

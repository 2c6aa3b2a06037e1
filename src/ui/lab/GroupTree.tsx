/** @file Groups as a list that opens to answers; only the lines in view exist. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { labStrings } from '../strings-lab';
import { AnswerCells, useSelected } from './AnswerTable';
import { GroupLine } from './GroupLine';
import type { LabAnswer, LabGroup } from './rollout-model';
import rollouts from './rollouts.module.css';
import { inspect } from './rollouts-store';

const words = labStrings.rollouts;
const lineHeight = 31;

type Line = { group: LabGroup; answer: LabAnswer | null };

export function GroupTree({ groups }: { groups: readonly LabGroup[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const selected = useSelected();
  const lines = useMemo(
    () =>
      groups.flatMap((group): Line[] => [
        { group, answer: null },
        ...(open.has(group.uid) ? group.answers.map((answer) => ({ group, answer })) : []),
      ]),
    [groups, open],
  );
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 8,
  });
  const toggle = (uid: string) => {
    const next = new Set(open);
    if (!next.delete(uid)) next.add(uid);
    setOpen(next);
  };
  return (
    <section
      ref={scroller}
      className={rollouts.list}
      aria-label={words.tabs.groups}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
      tabIndex={0}
    >
      <div className={rollouts.canvas} style={{ blockSize: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const { group, answer } = lines[item.index];
          return (
            <div
              key={answer ? `${group.uid} ${answer.index}` : group.uid}
              ref={virtual.measureElement}
              data-index={item.index}
              className={rollouts.item}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {answer ? (
                <button
                  type="button"
                  className={`${rollouts.row} ${rollouts.answer}`}
                  aria-current={selected === `${group.uid} ${answer.index}`}
                  data-testid="answer-line"
                  onClick={() => inspect(group, answer.index)}
                >
                  <AnswerCells answer={answer} />
                </button>
              ) : (
                <button
                  type="button"
                  className={rollouts.row}
                  aria-expanded={open.has(group.uid)}
                  data-testid="group-line"
                  onClick={() => {
                    toggle(group.uid);
                    if (!open.has(group.uid)) inspect(group, 0);
                  }}
                >
                  <span className={rollouts.branch}>
                    {open.has(group.uid) ? (
                      <ChevronDown size={14} aria-hidden="true" />
                    ) : (
                      <ChevronRight size={14} aria-hidden="true" />
                    )}
                    <GroupLine group={group} />
                  </span>
                </button>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

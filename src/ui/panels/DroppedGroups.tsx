/** @file What dynamic sampling left out of a step: how many and why, and the groups themselves to look at. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { GroupView } from '../../../workers/protocol';
import type { DropReason } from '../../rl/types';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { rowOf } from '../state/history';
import type { UiState } from '../state/model';
import { showGroup, useUi } from '../state/store';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import styles from './group.module.css';

const words = playWords.group.dropped;

/** Metrics with the count of each reason. */
const counted: [DropReason, string][] = [
  ['all right', 'group/dropped_all_right'],
  ['all wrong', 'group/dropped_all_wrong'],
  ['uniform reward', 'group/dropped_uniform_reward'],
  ['surplus', 'group/dropped_surplus'],
];

export function DroppedGroups({ step: shown }: { step: number }) {
  const [open, setOpen] = useState(false);
  // A step that was given up for want of groups that vary has no record, but what it dropped is here.
  const isGivenUp = useUi(givenUp);
  const step = useUi((state) => (givenUp(state) ? state.step + 1 : shown));
  const metrics = useUi((state) => rowOf(state.history, step))?.metrics ?? null;
  const most = useUi((state) => state.config['filter_groups.max_num_gen_batches']);
  const groups = useUi((state) => state.groups);
  const here = groups.filter((group) => group.step === step && group.dropReason !== 'probe');
  const isOver = isGivenUp || metrics !== null;
  if (isOver && here.length > 0 && here.every(({ kept }) => !kept))
    return <AllDropped groups={here} open={open} onOpen={setOpen} metrics={metrics} />;
  if (!metrics) return null;
  const parts = counted.flatMap(([reason, metric]) =>
    (metrics[metric] ?? 0) > 0 ? [words.reasons[reason](metrics[metric])] : [],
  );
  const total = counted.reduce((sum, [, metric]) => sum + (metrics[metric] ?? 0), 0);
  const rounds = metrics['train/num_gen_batches'];
  return (
    <div className={styles.dropped} data-testid="dropped">
      <p>
        {total > 0 ? (
          <Button
            look="quiet"
            className={styles.more}
            aria-expanded={open}
            title={open ? words.hide : words.show}
            onClick={() => setOpen(!open)}
          >
            {open ? (
              <ChevronDown size={14} aria-hidden="true" />
            ) : (
              <ChevronRight size={14} aria-hidden="true" />
            )}
            {words.line(parts)}
          </Button>
        ) : (
          <span>{words.none}</span>
        )}
        {rounds > 1 && <span className={styles.rounds}>{words.rounds(rounds, most)}</span>}
      </p>
      {open && total > 0 && <DroppedList step={step} total={total} />}
    </div>
  );
}

function givenUp({ state, reason }: UiState): boolean {
  return state === 'paused' && reason === 'sampling.bound';
}

interface AllDroppedProps {
  groups: readonly GroupView[];
  open: boolean;
  onOpen(open: boolean): void;
  metrics: Readonly<Record<string, number>> | null;
}

/** Nothing of a step could be learned from: that is said, with the way to see why. */
function AllDropped({ groups, open, onOpen, metrics }: AllDroppedProps) {
  const [{ step }] = groups;
  const recorded = counted.reduce((sum, [, metric]) => sum + (metrics?.[metric] ?? 0), 0);
  const total = Math.max(recorded, groups.length);
  return (
    <div className={styles.dropped} data-testid="dropped">
      <p>
        <span data-testid="all-dropped">{words.allOf(step, total)}</span>
        <Button aria-expanded={open} onClick={() => onOpen(!open)} data-testid="show-dropped">
          {open ? words.hide : words.showAll}
        </Button>
      </p>
      {open && <DroppedList step={step} total={total} />}
    </div>
  );
}

function DroppedList({ step, total }: { step: number; total: number }) {
  const groups = useUi((state) => state.groups);
  const shownUid = useUi((state) => state.shownUid);
  const dropped = groups.filter((group) => group.step === step && !group.kept);
  return (
    <ul className={styles.droppedList} data-testid="dropped-list">
      {dropped.map((group) => (
        <li key={group.uid}>
          <button
            type="button"
            className={styles.droppedItem}
            aria-current={group.uid === shownUid}
            onClick={() => showGroup(group.uid)}
          >
            <span className="data">
              {group.answers.map(({ score }) => (score.correct ? '●' : '○')).join('')} {fixed(group.mean)}
            </span>
            <span className={styles.droppedWords}>{group.question}</span>
            <span className={styles.badge}>{strings.group.reasons[group.dropReason ?? 'surplus']}</span>
          </button>
        </li>
      ))}
      {dropped.length < total && <li className={styles.rounds}>{words.more(total - dropped.length)}</li>}
    </ul>
  );
}

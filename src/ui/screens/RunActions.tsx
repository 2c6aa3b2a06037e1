/** @file Fork, compare, and everything else by name; where the key bar has no room, the keys too. */
import { Columns2, GitFork, Keyboard, SquareTerminal } from 'lucide-react';
import type { ComponentType } from 'react';
import { Button } from '../kit/Button';
import { useKeyWords } from '../state/key-map';
import { useUi } from '../state/store';
import { setWindows } from '../state/windows';
import { playWords } from '../strings-play';
import styles from './bars.module.css';
import { actions } from './keys';

const words = playWords.actions;

export function RunActions() {
  const keyed = useKeyWords();
  const hasSteps = useUi((state) => state.step > 0);
  return (
    <>
      <Action
        icon={GitFork}
        label={keyed(words.fork)}
        part="fork"
        disabled={!hasSteps}
        onClick={() => actions.fork?.()}
      />
      <Action
        icon={Columns2}
        label={keyed(words.compare)}
        part="compare"
        onClick={() => actions.compare?.()}
      />
      <Action
        icon={SquareTerminal}
        label={words.palette}
        part="palette"
        onClick={() => setWindows({ palette: true })}
      />
      <span className={styles.narrow}>
        <Action icon={Keyboard} label={words.keys} part="keys" onClick={() => setWindows({ keys: true })} />
      </span>
    </>
  );
}

interface ActionProps {
  icon: ComponentType<{ size: number; 'aria-hidden': 'true' }>;
  label: string;
  part: string;
  disabled?: boolean;
  onClick(): void;
}

function Action({ icon: Icon, label, part, disabled, onClick }: ActionProps) {
  return (
    <Button
      size="icon"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      data-testid={`${part}-action`}
      data-part={part}
    >
      <Icon size={16} aria-hidden="true" />
    </Button>
  );
}

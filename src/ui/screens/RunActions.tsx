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
        name="fork"
        icon={GitFork}
        shortcut={keyed('{fork}')}
        disabled={!hasSteps}
        onClick={() => actions.fork?.()}
      />
      <Action
        name="compare"
        icon={Columns2}
        shortcut={keyed('{compare}')}
        onClick={() => actions.compare?.()}
      />
      <Action
        name="palette"
        icon={SquareTerminal}
        shortcut="Ctrl+K"
        onClick={() => setWindows({ palette: true })}
      />
      <span className={styles.narrow}>
        <Action name="keys" icon={Keyboard} onClick={() => setWindows({ keys: true })} />
      </span>
    </>
  );
}

interface ActionProps {
  name: keyof typeof words.names;
  icon: ComponentType<{ size: number; 'aria-hidden': 'true' }>;
  shortcut?: string;
  disabled?: boolean;
  onClick(): void;
}

function Action({ name, icon: Icon, shortcut, disabled, onClick }: ActionProps) {
  return (
    <Button
      shortcut={shortcut}
      title={words.titles[name]}
      disabled={disabled}
      onClick={onClick}
      data-testid={`${name}-action`}
      data-part={name}
    >
      <Icon size={14} aria-hidden="true" />
      <span className={styles.label}>{words.names[name]}</span>
    </Button>
  );
}

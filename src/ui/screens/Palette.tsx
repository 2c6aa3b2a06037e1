/** @file The command palette: everything the page can do, by its name. Arrow keys choose, Enter does it. */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Window } from '../kit/Window';
import { isReplay } from '../state/replay';
import { getUi } from '../state/store';
import { getView } from '../state/view';
import { setWindows } from '../state/windows';
import { paletteWords as words } from '../strings-palette';
import styles from './palette.module.css';
import { type Command, commands, matchingCommands } from './palette-commands';

const close = () => setWindows({ palette: false });

export default function Palette() {
  const [all] = useState(() => commands(getView().hidden, isReplay(getUi())));
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const found = matchingCommands(all, query);
  const at = Math.min(chosen, found.length - 1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is what moves.
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, query]);

  const go = (command: Command | undefined) => {
    if (!command) return;
    close();
    // What it opens takes the focus after this window has given it back.
    setTimeout(command.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0 && found.length > 0) setChosen((at + by + found.length) % found.length);
    else if (event.key === 'Enter') go(found[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Window title={words.title} close={words.close} testId="palette" onClose={close}>
      <input
        className={styles.field}
        role="combobox"
        aria-label={words.field}
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        placeholder={words.field}
        // biome-ignore lint/a11y/noAutofocus: the window is opened to type into.
        autoFocus
        value={query}
        data-testid="palette-field"
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
      />
      {found.length === 0 && <p role="status">{words.none}</p>}
      <div ref={list} id={id} role="listbox" aria-label={words.list} className={styles.list}>
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field holds the focus and its keys choose.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div
            key={command.label}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            className={styles.option}
            data-testid="palette-option"
            onClick={() => go(command)}
          >
            <span>{command.label}</span>
            <span className={`data ${styles.detail}`}>{command.detail}</span>
          </div>
        ))}
      </div>
    </Window>
  );
}

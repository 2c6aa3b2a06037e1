/** @file All keys by scope, where each can be moved, and the switch for those who want no single letters. */
import { useEffect, useState } from 'react';
import { Button } from '../kit/Button';
import { Window } from '../kit/Window';
import { setLetters, useHints } from '../state/hints';
import {
  isFixed,
  type KeyConflict,
  type KeyName,
  keyLabel,
  moveKey,
  resetKeys,
  useKeyMap,
} from '../state/key-map';
import { getView } from '../state/view';
import { setWindows } from '../state/windows';
import { keyStrings as words } from '../strings-keys';
import styles from './bars.module.css';
import { pressedKey } from './keys';

export default function KeysDialog() {
  const letters = useHints((state) => state.letters);
  const moved = useKeyMap((state) => state.moved);
  const [moving, setMoving] = useState<KeyName | null>(null);
  const [said, setSaid] = useState('');
  // Where the focus was before this window took it.
  const [active] = useState(() => activeScope(document.activeElement));
  const scopes = [...words.scopes].sort((a, b) => Number(b.scope === active) - Number(a.scope === active));
  useEffect(() => {
    if (moving === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      // Shift alone is on its way to a capital letter.
      if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta'].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setMoving(null);
      setSaid(event.key === 'Escape' ? words.cancelled : outcome(moving, pressedKey(event)));
    };
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, [moving]);
  return (
    <Window
      title={words.title}
      close={words.close}
      testId="keys-dialog"
      onClose={() => setWindows({ keys: false })}
    >
      <div className={styles.scopes}>
        {scopes.map(({ scope, names, own }) => (
          <section key={scope} data-testid="keys-scope">
            <h3>
              {scope}
              {scope === active && ` (${words.here})`}
            </h3>
            <dl>
              {names.map((name) => (
                <div key={name}>
                  <dt>
                    {isFixed(name) ? (
                      <kbd>{keyLabel(name)}</kbd>
                    ) : (
                      <button
                        type="button"
                        className={styles.movable}
                        aria-label={words.moveLabel(words.does[name], keyLabel(name, moved))}
                        data-testid={`key-${name}`}
                        data-moved={name in moved || undefined}
                        onClick={() => setMoving(name)}
                        onBlur={() => setMoving(null)}
                      >
                        <kbd>{moving === name ? words.press : keyLabel(name, moved)}</kbd>
                      </button>
                    )}
                  </dt>
                  <dd>{words.does[name]}</dd>
                </div>
              ))}
              {own.map(([key, does]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={styles.moving}>
        <output data-testid="key-said">{said || words.move}</output>
        {Object.keys(moved).length > 0 && (
          <Button
            onClick={() => {
              resetKeys();
              setSaid('');
            }}
            data-testid="keys-reset"
          >
            {words.reset}
          </Button>
        )}
      </p>
      <label className={styles.letters}>
        <input
          type="checkbox"
          checked={letters}
          onChange={(event) => setLetters(event.target.checked)}
          data-testid="letters"
        />
        {words.letters}
      </label>
    </Window>
  );
}

/** The scope of the keys where the focus is: of its panel, else of the view that is open, else everywhere. */
function activeScope(focused: Element | null): Scope {
  const panel = panels.find(([selector]) => focused?.closest(selector));
  if (panel) return panel[1];
  const { level, view } = getView();
  if (level === 'lab' && view === 'document') return 'Document';
  return level === 'lab' && view === 'rollouts' ? 'Answers and questions' : 'Everywhere';
}

type Scope = (typeof words.scopes)[number]['scope'];

const panels: readonly [selector: string, scope: Scope][] = [
  ['[data-testid=token-panel]', 'Tokens'],
  ['[data-testid=document-panel]', 'Document'],
  ['[data-testid=group-panel]', 'Answers and questions'],
];

/** Moves the key; what came of it in a sentence. */
function outcome(name: KeyName, key: string): string {
  const conflict = moveKey(name, key);
  return conflict === null ? words.moved(words.does[name], keyLabel(name)) : refusal(conflict, key);
}

function refusal(conflict: KeyConflict, key: string): string {
  switch (conflict.kind) {
    case 'taken':
      return words.conflicts.taken(key, words.does[conflict.by]);
    case 'prefix':
      return words.conflicts.prefix(key);
    case 'own':
      return words.conflicts.own(key === ' ' ? 'Space' : key);
    default:
      return conflict satisfies never;
  }
}

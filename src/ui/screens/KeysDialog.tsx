/** @file All keys by scope, and the switch for those who want no single letters. */
import { Window } from '../kit/Window';
import { setLetters, useHints } from '../state/hints';
import { setWindows } from '../state/windows';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

const words = playWords.keys;

export default function KeysDialog() {
  const letters = useHints((state) => state.letters);
  return (
    <Window
      title={words.title}
      close={words.close}
      testId="keys-dialog"
      onClose={() => setWindows({ keys: false })}
    >
      <div className={styles.scopes}>
        {words.scopes.map(({ scope, keys }) => (
          <section key={scope}>
            <h3>{scope}</h3>
            <dl>
              {keys.map(([key, does]) => (
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

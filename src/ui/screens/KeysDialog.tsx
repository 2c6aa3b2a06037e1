/** @file All keys by scope, and the switch for those who want no single letters. */
import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { setLetters, useHints } from '../state/hints';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

const words = playWords.keys;

export function KeysDialog() {
  const open = useHints((state) => state.keysOpen);
  const letters = useHints((state) => state.letters);
  return (
    <Dialog.Root open={open} onOpenChange={(keysOpen) => useHints.setState({ keysOpen })}>
      <Dialog.Portal>
        <Dialog.Backdrop className={kit.backdrop} />
        <Dialog.Popup className={`${kit.dialog} ${styles.keysDialog}`} data-testid="keys-dialog">
          <div className={styles.keysHead}>
            <Dialog.Title>{words.title}</Dialog.Title>
            <Dialog.Close render={<Button size="icon" look="quiet" aria-label={words.close} />}>
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
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
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** @file Preset and seed of the run, named in the bar; what opens to choose others is loaded then. */
import { ChevronDown } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../kit/Button';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { setupStrings } from '../strings-setup';
import styles from './bars.module.css';
import { NewRunPanel } from './late';

const words = setupStrings.setup;

export function NewRunButton() {
  const preset = useUi((state) => state.config.preset);
  const seed = useUi((state) => state.config.seed);
  const hidden = useView((state) => state.hidden);
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (hidden.includes('preset') && hidden.includes('seed')) return null;
  return (
    <>
      <Button
        ref={button}
        className={styles.setup}
        title={words.button}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-testid="setup-button"
        onClick={() => setOpen(!open)}
      >
        <span data-part="preset">{preset}</span>
        <span className={styles.seed} data-part="seed">
          {words.seedOf(seed)}
        </span>
        <ChevronDown size={14} aria-hidden="true" />
      </Button>
      {open && <NewRunPanel anchor={button} onClose={() => setOpen(false)} />}
    </>
  );
}

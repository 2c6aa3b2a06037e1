/** @file The link to what is on screen, with what it holds and what it does not. */
import { Popover } from '@base-ui/react/popover';
import { Download, Share2, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../kit/Button';
import { download } from '../state/commands';
import { address } from '../state/link-sync';
import { useUi } from '../state/store';
import { setView, useView } from '../state/view';
import { strings } from '../strings';
import { linkStrings } from '../strings-link';
import styles from './level.module.css';

const words = linkStrings.share;

export function ShareButton() {
  const open = useView((state) => state.sharing);
  return (
    <Popover.Root open={open} onOpenChange={(sharing) => setView({ sharing })}>
      <Popover.Trigger
        render={
          <Button
            size="icon"
            aria-label={words.button}
            title={`${words.button} (s)`}
            data-testid="share-button"
          />
        }
        data-part="share"
      >
        <Share2 size={16} aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} sideOffset={6} align="end">
          <Popover.Popup className={styles.popup} data-testid="share-panel">
            <Link />
            <RunFolder />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The whole run as a file, for where a link is not enough. */
function RunFolder() {
  const possible = useUi((ui) => ui.step > 0 && ui.state !== 'opening');
  return (
    <div className={styles.row} data-part="download">
      <Button
        disabled={!possible}
        title={strings.transport.downloadTitle}
        onClick={download}
        data-testid="download-button"
      >
        <Download size={14} aria-hidden="true" />
        {strings.transport.download}
      </Button>
    </div>
  );
}

function Link() {
  const source = useUi((state) => state.document?.source);
  const [link, setLink] = useState('');
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    let current = true;
    void address().then((next) => current && setLink(new URL(next, location.href).href));
    return () => {
      current = false;
    };
  }, []);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      // No permission: the field is selected, so that Ctrl+C does it.
      document.querySelector<HTMLInputElement>('#share-link')?.select();
    }
  };

  return (
    <>
      <div className={styles.head}>
        <Popover.Title>{words.title}</Popover.Title>
        <Popover.Close render={<Button size="icon" look="quiet" aria-label={words.close} />}>
          <X size={16} aria-hidden="true" />
        </Popover.Close>
      </div>
      <p>
        {words.holds} <b>{source === 'imported' ? words.document : words.documentShipped}</b>
      </p>
      <div className={styles.row}>
        <input
          id="share-link"
          className={`data ${styles.link}`}
          aria-label={words.field}
          readOnly
          value={link}
          data-testid="share-link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button look="primary" onClick={copy} disabled={link === ''}>
          {copied ? words.copied : words.copy}
        </Button>
      </div>
      {/[#&]z=/.test(link) && <p className={styles.note}>{words.long}</p>}
    </>
  );
}

/** @file The link to what is on screen, with what it holds and what it does not; and the run itself as a file. */
import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../kit/Button';
import { Popup, type PopupProps } from '../kit/Popup';
import { download } from '../state/commands';
import { maxLinkText, packDocument } from '../state/link';
import { address } from '../state/link-sync';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { linkStrings } from '../strings-link';
import styles from './level.module.css';

const words = linkStrings.share;

export default function SharePanel({ anchor, onClose }: Pick<PopupProps, 'anchor' | 'onClose'>) {
  return (
    <Popup title={words.title} close={words.close} anchor={anchor} testId="share-panel" onClose={onClose}>
      <Link />
      <RunFolder />
    </Popup>
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
  const text = useUi((state) => state.document);
  const [packed, setPacked] = useState<string | null>(null);
  const [withText, setWithText] = useState(false);
  const isOwn = text?.source === 'imported';
  useEffect(() => {
    if (isOwn) void packDocument(text).then(setPacked);
  }, [isOwn, text]);
  const [link, setLink] = useState('');
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    let current = true;
    setCopied(false);
    void address(withText ? packed : null).then(
      (next) => current && setLink(new URL(next, location.href).href),
    );
    return () => {
      current = false;
    };
  }, [withText, packed]);

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
      <p>
        {words.holds}{' '}
        <b>{isOwn ? (/[#&]doc=/.test(link) ? words.textIn : words.document) : words.documentShipped}</b>
      </p>
      {isOwn && packed !== null && (
        <label className={styles.row}>
          <input
            type="checkbox"
            checked={withText}
            onChange={({ target }) => setWithText(target.checked)}
            data-testid="share-text"
          />
          {words.withText(text.text.length, packed.length)}
        </label>
      )}
      {isOwn && packed === null && <p className={styles.note}>{words.textLong(maxLinkText)}</p>}
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

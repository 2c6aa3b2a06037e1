/** @file The way to the link that shares what is on screen; its panel is loaded when it is first opened. */
import { Share2 } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../kit/Button';
import { useKeyWords } from '../state/key-map';
import { setView, useView } from '../state/view';
import { linkStrings } from '../strings-link';
import { SharePanel } from './late';

const words = linkStrings.share;

export function ShareButton() {
  const keyed = useKeyWords();
  const open = useView((state) => state.sharing);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button
        ref={button}
        size="icon"
        aria-label={words.button}
        title={keyed(`${words.button} ({share})`)}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-testid="share-button"
        data-part="share"
        onClick={() => setView({ sharing: !open })}
      >
        <Share2 size={16} aria-hidden="true" />
      </Button>
      {open && <SharePanel anchor={button} onClose={() => setView({ sharing: false })} />}
    </>
  );
}

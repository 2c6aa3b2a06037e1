/** @file A panel that hangs from the button that opened it, with a title and a way to close it. Focus returns to the button. */
import { Popover } from '@base-ui/react/popover';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { Button } from './Button';
import styles from './kit.module.css';

export interface PopupProps {
  title: string;
  close: string;
  /** The button it hangs from, which also closes it. */
  anchor: RefObject<HTMLElement | null>;
  /** Beside the title. */
  tools?: ReactNode;
  className?: string;
  testId: string;
  children: ReactNode;
  onClose(): void;
}

export function Popup({ title, close, anchor, tools, className, testId, children, onClose }: PopupProps) {
  return (
    <Popover.Root
      open
      onOpenChange={(open, { event }) => {
        // A press on the button is the button's.
        if (!open && !anchor.current?.contains(event.target as Node | null)) onClose();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} anchor={anchor} sideOffset={6} align="end">
          <Popover.Popup
            className={[styles.popup, className].filter(Boolean).join(' ')}
            finalFocus={anchor}
            data-testid={testId}
          >
            <div className={styles.popupHead}>
              <Popover.Title>{title}</Popover.Title>
              {tools}
              <Popover.Close render={<Button size="icon" look="quiet" aria-label={close} />}>
                <X size={16} aria-hidden="true" />
              </Popover.Close>
            </div>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

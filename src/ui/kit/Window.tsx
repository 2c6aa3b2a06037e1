/** @file A window over the page with a title and a way to close it. Focus returns where it was. */
import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './Button';
import styles from './kit.module.css';

interface WindowProps {
  title: string;
  close: string;
  testId?: string;
  children: ReactNode;
  onClose(): void;
}

export function Window({ title, close, testId, children, onClose }: WindowProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.window} data-testid={testId}>
          <div className={styles.windowHead}>
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close render={<Button size="icon" look="quiet" aria-label={close} title={close} />}>
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

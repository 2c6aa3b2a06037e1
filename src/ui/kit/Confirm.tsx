/** @file A question that needs an answer before something ends. Focus returns where it was. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode } from 'react';
import { Button } from './Button';
import styles from './kit.module.css';

interface ConfirmProps {
  title: string;
  text: string;
  /** What has come to be known since it was asked. */
  note?: string | null;
  confirm: string;
  cancel: string;
  /** Further things to do first. */
  more?: ReactNode;
  onConfirm(): void;
  onCancel(): void;
}

export function Confirm({ title, text, note, confirm, cancel, more, onConfirm, onCancel }: ConfirmProps) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.dialog}>
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description>{text}</AlertDialog.Description>
          <p className={styles.note} role="status" data-testid="confirm-note">
            {note}
          </p>
          <div className={styles.actions}>
            <AlertDialog.Close render={<Button look="primary" onClick={onConfirm} data-testid="confirm" />}>
              {confirm}
            </AlertDialog.Close>
            <AlertDialog.Close render={<Button />}>{cancel}</AlertDialog.Close>
            {more}
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** @file The button of the page: plain, primary, quiet, or icon only. */
import type { ComponentProps } from 'react';
import styles from './kit.module.css';

interface ButtonProps extends ComponentProps<'button'> {
  look?: 'plain' | 'primary' | 'quiet';
  size?: 'normal' | 'large' | 'icon';
  /** The key that does the same, shown inside. */
  shortcut?: string;
}

export function Button({
  look = 'plain',
  size = 'normal',
  shortcut,
  className,
  children,
  ...rest
}: ButtonProps) {
  const classes = [
    styles.button,
    look === 'primary' && styles.primary,
    look === 'quiet' && styles.quiet,
    size === 'large' && styles.large,
    size === 'icon' && styles.icon,
    className,
  ];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(' ')}
      aria-keyshortcuts={shortcut}
      {...rest}
    >
      {children}
      {shortcut && <kbd className={styles.key}>{shortcut === 'Space' ? '␣' : shortcut}</kbd>}
    </button>
  );
}

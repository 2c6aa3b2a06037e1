/** @file The prompt's last tokens, muted, above those of the answer: what the first token was predicted from. */
import type { GroupView } from '../../../workers/protocol';
import { visible } from '../format';
import { Button } from '../kit/Button';
import { playWords } from '../strings-play';
import styles from './tokens.module.css';

const words = playWords.prompt;
/** Tokens shown where the line is not open. */
const few = 6;

interface PromptTailProps {
  group: GroupView;
  /** All that the page has of it, not the end alone. */
  open: boolean;
}

export function PromptTail({ group: { promptTail, promptTokens }, open }: PromptTailProps) {
  if (!promptTail || promptTail.length === 0) return null;
  const shown = open ? promptTail : promptTail.slice(-few);
  return (
    <p className={styles.prompt} aria-hidden="true" data-testid="prompt-tail">
      {shown.length < promptTokens && '… '}
      {shown.map((text, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place.
        <span key={i} className={styles.promptToken}>
          {visible(text)}
        </span>
      ))}
    </p>
  );
}

/** Opens and closes the line, beside the legend: inside the list it would be one of its options. */
export function PromptButton({
  group: { promptTail, promptTokens },
  open,
  onToggle,
}: PromptTailProps & { onToggle(): void }) {
  if (!promptTail || promptTail.length <= few) return null;
  return (
    <Button
      look="quiet"
      className={styles.tool}
      aria-expanded={open}
      title={words.title(promptTail.length, promptTokens)}
      data-testid="prompt-button"
      onClick={onToggle}
    >
      {open ? words.less : words.more}
    </Button>
  );
}

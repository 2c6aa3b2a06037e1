/** @file The present numbers in a sentence, for those who do not see the curves; said only when asked. */
import { fixed, percent } from '../format';
import { getUi, setUi } from '../state/store';
import { playWords } from '../strings-play';

export function speakNumbers(): void {
  const { history, step } = getUi();
  const metrics = history.at(-1)?.metrics;
  const spoken = metrics
    ? playWords.numbers(step, {
        reward: fixed(metrics['critic/rewards/mean']),
        entropy: fixed(metrics['actor/entropy']),
        low: percent(metrics['actor/pg_clipfrac_low']),
        high: percent(metrics['actor/pg_clipfrac_high']),
        length: fixed(metrics['response_length/mean'], 1),
      })
    : playWords.noNumbers;
  // The same words again are no news to a screen reader; a space at their end is.
  setUi({ spoken: spoken === getUi().spoken ? `${spoken}\u00a0` : spoken });
}

/**
 * @file A worked answer of a data set, as supervised fine-tuning has them: `prompt`/`completion`, or `messages` that end with
 * the assistant's. It splits into the reasoning to learn and the answer to score.
 */

/** Reasoning that is learned from; more would not fit any response here. */
const maxReasoningCharacters = 20_000;
const thinkOpen = '<think>';
const thinkClose = '</think>';
/** How the released prompt wants answers to end. */
const phrase = /(?:therefore,?\s+)?the\s+(?:final\s+)?answer\s+is:?\s*/gi;

export interface WorkedAnswer {
  /** What leads to the answer, without tags and without the sentence that gives it; may be empty. */
  reasoning: string;
  /** What follows "the answer is", else the last line; may be empty. */
  answer: string;
}

export function workedAnswer(completion: string): WorkedAnswer {
  const close = completion.lastIndexOf(thinkClose);
  const thought = close < 0 ? '' : completion.slice(0, close).replace(thinkOpen, '');
  const said = (close < 0 ? completion : completion.slice(close + thinkClose.length)).trim();
  const last = [...said.matchAll(phrase)].at(-1);
  const line = said.lastIndexOf('\n') + 1;
  const at = last?.index ?? line;
  const answer = said
    .slice(last ? last.index + last[0].length : line)
    .split('\n')[0]
    .trim()
    .replace(/\.$/, '');
  const reasoning = `${thought} ${said.slice(0, at)}`.replace(/\s+/g, ' ').trim();
  return { reasoning: reasoning.slice(0, maxReasoningCharacters), answer };
}

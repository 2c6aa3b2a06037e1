/** @file The rows of a JSONL file, a line at a time, so that a large file is never one string. */

/** A row with its line, from 1; one that is no JSON comes with the reason instead. */
export type NumberedRow = { line: number; value: unknown } | { line: number; reason: string };

const newline = 0x0a;

/** Lines that are not empty. Throws nothing: what cannot be read is a reason. */
export function* jsonRows(bytes: Uint8Array): Generator<NumberedRow> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    const piece = bytes.subarray(start, end);
    start = end + 1;
    let text: string;
    try {
      text = decoder.decode(piece).trim();
    } catch {
      yield { line, reason: 'not text in UTF-8' };
      continue;
    }
    if (text === '') continue;
    try {
      yield { line, value: JSON.parse(text) };
    } catch {
      yield { line, reason: 'not JSON' };
    }
  }
}

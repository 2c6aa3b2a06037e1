/**
 * @file A person's notes about a run: `notes.md` in its folder, plain text. Bytes that cannot be read as text are never
 * replaced, so that what came from outside stays as it came.
 */
import { CodedError } from '../errors';
import type { FileStore } from './store';

export const notesFile = 'notes.md';

/** Some thirty pages; a list that shows a line of every run's notes stays quick. */
export const maxNotesBytes = 64 * 1024;

/**
 * The notes of a run; '' where it has none.
 * @param content of `notes.md`, read only where it is within bounds.
 * @throws CodedError `notes.long`, `notes.encoding`.
 */
export async function readNotes(content: Blob): Promise<string> {
  if (content.size > maxNotesBytes)
    throw new CodedError(
      'notes.long',
      `${notesFile} of this run has ${content.size} bytes, more than the ${maxNotesBytes} shown here. It stays as it is.`,
      'Download the run to read or shorten its notes.',
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await content.arrayBuffer());
  } catch (cause) {
    throw new CodedError(
      'notes.encoding',
      `${notesFile} of this run is not text in UTF-8. It stays as it is.`,
      'Download the run and save its notes as UTF-8 to change them here.',
      { cause },
    );
  }
}

/**
 * Replaces the notes; nothing but white space takes them away.
 * @throws CodedError `notes.long` where the text is too long; the notes before it stay then.
 */
export async function writeNotes(store: FileStore, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > maxNotesBytes)
    throw new CodedError(
      'notes.long',
      `These notes have ${bytes.length} bytes; ${maxNotesBytes} are kept. What was saved before stays.`,
      'Shorten them: they are saved as soon as they fit.',
    );
  if (text.trim() === '') await store.remove(notesFile);
  else await store.write(notesFile, bytes);
}

/** Characters of a first line that a list has room for. */
const lineLength = 120;

/** The first line with words in it, without the signs of a heading or a list; '' where there is none. */
export function firstLine(notes: string): string {
  const line = notes.split(/\r?\n/).find((text) => /[\p{L}\p{N}]/u.test(text)) ?? '';
  const bare = line
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/^[\s#>*+-]+/, '')
    .trim();
  return bare.length > lineLength ? `${bare.slice(0, lineLength - 1).trimEnd()}…` : bare;
}

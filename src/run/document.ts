/** @file Bytes a person hands in → a LongDocument, for the page and the command line alike. */
import { CodedError } from '../errors';
import { checkText } from '../tasks/questions';
import type { LongDocument } from '../tasks/types';

const plainText = 'Choose a plain text file (.txt or .md) in UTF-8.';

/**
 * Decodes a text file: UTF-8, or UTF-16 with its byte-order mark.
 * @param name file name, shown as the title.
 * @throws CodedError or TaskError `document.empty`, `document.binary`.
 */
export function decodeDocument(name: string, bytes: Uint8Array): LongDocument {
  if (bytes.length === 0) throw new CodedError('document.empty', `"${name}" is empty.`, plainText);
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CodedError(
      'document.binary',
      `"${name}" is not text in ${encoding.toUpperCase()}.`,
      plainText,
      { cause },
    );
  }
  checkText(text);
  return { id: `imported-${fingerprint(text)}`, title: name, text, source: 'imported' };
}

/** FNV-1a of the UTF-16 units, 32 bits in hex: the same text has the same id. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

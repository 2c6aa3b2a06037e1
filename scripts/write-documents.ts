/** @file Writes the documents the page ships with to `public/documents/`. Run: `node scripts/longview.mjs --script scripts/write-documents.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openingDocument } from '../src/tasks/documents';

export async function main(): Promise<number> {
  const folder = path.resolve(process.env.LONGVIEW_ROOT ?? '.', 'public/documents');
  mkdirSync(folder, { recursive: true });
  const { text, title } = openingDocument();
  writeFileSync(path.join(folder, 'chronicle.md'), text);
  console.log(`${title}: ${text.length} characters`);
  return 0;
}

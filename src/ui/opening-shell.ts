/** @file What the build writes into `index.html`: the opening document at the first question of the default settings. */
import { openingQuestion } from '../run/opening-question';
import { presets } from '../run/presets';
import { loadTokenizer } from '../run/tokenizer-files';
import { shellHtml } from './shell';
import { openingDocument } from './state/documents';

/** @param publicFile text of a file below `public/`. @returns HTML. @throws what the reader, tokenizer or task source throw. */
export function openingShell(publicFile: (path: string) => string): string {
  const names = ['tokenizer.json', 'tokenizer_config.json'];
  const tokenizerFiles = Object.fromEntries(names.map((name) => [name, publicFile(`policy/${name}`)]));
  const document = openingDocument(publicFile('documents/chronicle.md'));
  const asked = openingQuestion(document, loadTokenizer({ tokenizerFiles }), presets['qwenlong-l1-script']);
  return shellHtml(document, asked);
}

/**
 * @file The page before any script runs: title, layout, and the opening document at its first question, as plain text. The
 * build writes it into `index.html`; React takes its place once it can draw the same.
 */
import type { QuestionView } from '../run/step-view';
import type { LongDocument } from '../tasks/types';
import { strings } from './strings';
import { playWords } from './strings-play';

/** Characters of text around the evidence: more than a screen shows. */
const before = 500;
const after = 4000;

/** HTML of the shell; `data-asked` carries the question to the script that follows. */
export function shellHtml({ title, text }: LongDocument, asked: QuestionView): string {
  const evidence = asked.evidence[0] ?? { start: asked.window.start, end: asked.window.start };
  const start = text.lastIndexOf('\n\n', Math.max(0, evidence.start - before)) + 2;
  const parts = [
    escaped(text.slice(start, evidence.start)),
    `<mark>${escaped(text.slice(evidence.start, evidence.end))}</mark>`,
    escaped(text.slice(evidence.end, evidence.end + after)),
  ];
  const { question: words } = strings;
  return `<div id="shell" data-asked="${escaped(JSON.stringify(asked))}">
      <header><h1>${escaped(strings.title)}</h1> <span>${escaped(strings.opening.probe)}</span></header>
      <main>
        <section class="shell-document">
          <h2>${escaped(title)}</h2>
          <p class="shell-ask">${words.label} ${escaped(asked.question)}</p>
          <p class="shell-note">${words.gold} <b>${escaped(asked.gold[0])}</b> · ${escaped(playWords.reader.firstByDefault)}</p>
          <div class="shell-text">${parts.join('')}</div>
        </section>
        <section class="shell-group"><h2>${escaped(strings.group.title(0))}</h2><p>${escaped(strings.group.empty)}</p></section>
        <section class="shell-tokens"></section>
        <section class="shell-learning"><h2>${escaped(strings.charts.title)}</h2></section>
      </main>
    </div>`;
}

/** The question that the shell on screen shows; null where there is none. */
export function shellQuestion(): QuestionView | null {
  const json = document.getElementById('shell')?.dataset.asked;
  return json ? (JSON.parse(json) as QuestionView) : null;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

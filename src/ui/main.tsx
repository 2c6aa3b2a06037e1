/** @file The page's entry: paints the screen, then opens the run. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './density';
import { hideParts } from './hide';
import { App } from './screens/App';
import { fetchWhenIdle } from './screens/late';
import { shellQuestion } from './shell';
import { boot } from './state/boot';
import { fetchOpeningDocument } from './state/documents';
import { embedHides, readPage } from './state/link';
import { getUi, setUi } from './state/store';
import { takePage } from './state/view';
import './styles/base.css';
import './styles/shell.css';

/** The page is drawn without its text where that takes longer. */
const longestMs = 1000;

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
// Before the first paint: which level, and what is hidden.
const { page } = readPage(location.search);
takePage(page);
hideParts(page.embed ? [...page.hide, ...embedHides] : page.hide);
const asked = shellQuestion();
if (asked) setUi({ nextQuestion: { asked, isCertain: false } });
const opening = fetchOpeningDocument().then((document) => {
  if (!getUi().document) setUi({ document });
});
const settled = opening.catch(() => {
  // Told by `boot`.
});
void boot(opening);
// The shell stays until the same text can be drawn in its place.
void Promise.race([settled, new Promise((resolve) => setTimeout(resolve, longestMs))]).then(() => {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  fetchWhenIdle();
});

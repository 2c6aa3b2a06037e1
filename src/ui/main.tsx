/** @file The page's entry: paints the screen, then opens the run. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { hideParts } from './hide';
import { App } from './screens/App';
import { fetchWhenIdle } from './screens/late';
import { boot } from './state/boot';
import { embedHides, readPage } from './state/link';
import { takePage } from './state/view';
import './styles/base.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
// Before the first paint: which level, and what is hidden.
const { page } = readPage(location.search);
takePage(page);
hideParts(page.embed ? [...page.hide, ...embedHides] : page.hide);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
void boot();
fetchWhenIdle();

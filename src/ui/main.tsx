/** @file The page's entry: paints the screen, then opens the run. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Play } from './screens/Play';
import { boot } from './state/boot';
import './styles/base.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Play />
  </StrictMode>,
);
void boot();

/** @file The Lab's views by name, each in a chunk of its own, with the key that goes to it after `g`. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { LabView } from '../state/link';

interface ViewEntry {
  key: string;
  Component: LazyExoticComponent<ComponentType>;
}

export const views: Readonly<Record<LabView, ViewEntry>> = {
  overview: { key: 'o', Component: lazy(() => import('./Overview')) },
  rollouts: { key: 'r', Component: lazy(() => import('./Rollouts')) },
  document: { key: 'd', Component: lazy(() => import('./DocumentView')) },
  curriculum: { key: 'c', Component: lazy(() => import('./Curriculum')) },
  objective: { key: 'b', Component: lazy(() => import('./Objective')) },
  eval: { key: 'e', Component: lazy(() => import('./Evaluation')) },
  data: { key: 'a', Component: lazy(() => import('./Data')) },
  ablate: { key: 'l', Component: lazy(() => import('./Ablate')) },
  system: { key: 's', Component: lazy(() => import('./SystemView')) },
  export: { key: 'x', Component: lazy(() => import('./ExportView')) },
};

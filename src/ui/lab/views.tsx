/** @file The Lab's views by name, each in a chunk of its own, with the key that goes to it after `g`. */
import type { ComponentType } from 'react';
import { late } from '../kit/late';
import type { LabView } from '../state/link';
import { labStrings } from '../strings-lab';

const loading = <p role="status">{labStrings.views.loading}</p>;

interface ViewEntry {
  key: string;
  Component: ComponentType;
}

export const views: Readonly<Record<LabView, ViewEntry>> = {
  overview: { key: 'o', Component: late(() => import('./Overview'), loading) },
  rollouts: { key: 'r', Component: late(() => import('./Rollouts'), loading) },
  document: { key: 'd', Component: late(() => import('./DocumentView'), loading) },
  curriculum: { key: 'c', Component: late(() => import('./Curriculum'), loading) },
  objective: { key: 'b', Component: late(() => import('./Objective'), loading) },
  eval: { key: 'e', Component: late(() => import('./Evaluation'), loading) },
  behaviours: { key: 'h', Component: late(() => import('./Behaviours'), loading) },
  data: { key: 'a', Component: late(() => import('./Data'), loading) },
  ablate: { key: 'l', Component: late(() => import('./Ablate'), loading) },
  system: { key: 's', Component: late(() => import('./SystemView'), loading) },
  export: { key: 'x', Component: late(() => import('./ExportView'), loading) },
};

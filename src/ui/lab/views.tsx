/** @file The Lab's views by name, each in a chunk of its own. */
import type { ComponentType } from 'react';
import { late } from '../kit/late';
import type { LabView } from '../state/link';
import { labStrings } from '../strings-lab';

const loading = <p role="status">{labStrings.views.loading}</p>;

export const views: Readonly<Record<LabView, ComponentType>> = {
  overview: late(() => import('./Overview'), loading),
  rollouts: late(() => import('./Rollouts'), loading),
  document: late(() => import('./DocumentView'), loading),
  curriculum: late(() => import('./Curriculum'), loading),
  objective: late(() => import('./Objective'), loading),
  eval: late(() => import('./Evaluation'), loading),
  behaviours: late(() => import('./Behaviours'), loading),
  data: late(() => import('./Data'), loading),
  ablate: late(() => import('./Ablate'), loading),
  system: late(() => import('./SystemView'), loading),
  export: late(() => import('./ExportView'), loading),
};

/** @file What the controls show, as one object that is new only when a value is. */
import { useMemo } from 'react';
import type { RunConfig } from '../../run/config';
import { effectiveConfig } from './model';
import { useUi } from './store';

export function useConfig(): RunConfig {
  const config = useUi((state) => state.config);
  const draft = useUi((state) => state.draft);
  return useMemo(() => effectiveConfig({ config, draft }), [config, draft]);
}

/** @file How many panels fit beside each other. */
import { useSyncExternalStore } from 'react';

/** `wide` from 1200 pixels: rail at the side. `two` from 720: rail above. `one` below. */
export type Tier = 'wide' | 'two' | 'one';

const wide = matchMedia('(min-width: 1200px)');
const two = matchMedia('(min-width: 720px)');

export function useTier(): Tier {
  return useSyncExternalStore(
    (listener) => {
      for (const query of [wide, two]) query.addEventListener('change', listener);
      return () => {
        for (const query of [wide, two]) query.removeEventListener('change', listener);
      };
    },
    () => (wide.matches ? 'wide' : two.matches ? 'two' : 'one'),
  );
}

/** @file What a run that is not open would take on the GPU: asked before the present one ends for it. */
import { asCodedError } from '../src/errors';
import type { Session } from '../src/run/session';
import type { RunConfig } from '../src/run/settings';
import type { MemoryEstimate } from './protocol';

export function memoryEstimate(current: Session, config: RunConfig): MemoryEstimate | null {
  // Another policy has other sizes, which are read when it is opened.
  if (config.policy !== current.config.policy) return null;
  try {
    return { items: current.memoryOf(config).items, refused: null };
  } catch (error) {
    const { message, advice } = asCodedError(error);
    return { items: null, refused: { message, advice } };
  }
}

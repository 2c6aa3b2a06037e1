/** @file `longview warmup`. */
import { warmup } from './connect';

export const help = 'longview warmup [--flags]';

export function run(argv: readonly string[]): Promise<number> {
  return warmup(argv);
}

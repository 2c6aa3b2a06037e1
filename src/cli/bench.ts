/** @file `longview bench`. */
import { bench } from './connect';

export const help = 'longview bench [--flags]';

export function run(argv: readonly string[]): Promise<number> {
  return bench(argv);
}

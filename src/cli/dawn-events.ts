/**
 * @file Paces how Dawn looks for events in Node. While anything is awaited, the binding asks by a `setImmediate` that
 * renews itself (dawn-gpu/node-webgpu#17): one core is busy with asking for as long as the GPU works, which a software
 * driver computing on the same cores pays for. A GPU answers in less than the shortest timer, so there the core is well spent.
 */

/** Wait between two looks at a software adapter: the shortest that Node's timers know. */
const pollMs = 1;

const paced = Symbol.for('longview.pacedImmediates');
const eager = Symbol.for('longview.eagerImmediates');
const state = globalThis as { [eager]?: boolean };

/** Looks at the GPU as often as Node can (`true`: hardware), or once a millisecond (`false`, as at first). */
export function watchEagerly(hardware: boolean): void {
  state[eager] = hardware;
}

/** Puts Dawn's own immediates on a timer; all others stay what they are. Any number of calls acts as one. */
export function paceDawnEvents(): void {
  const { setImmediate } = globalThis;
  if (Object.hasOwn(setImmediate, paced)) return;
  const schedule = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isDawns(callback) && !state[eager]
      ? setTimeout(callback, pollMs, ...args)
      : setImmediate(callback, ...args);
  // What hangs on the function, such as its promisified form, stays with it.
  const descriptors = { ...Object.getOwnPropertyDescriptors(setImmediate), [paced]: { value: true } };
  globalThis.setImmediate = Object.defineProperties(schedule, descriptors) as typeof setImmediate;
}

/** Dawn's callback is a native function without a name or parameters: no function of a program looks so. */
function isDawns(callback: (...args: unknown[]) => void): boolean {
  return (
    callback.name === '' &&
    callback.length === 0 &&
    Function.prototype.toString.call(callback).includes('[native code]')
  );
}

/**
 * @file Paces how Dawn looks for events in Node. While anything is awaited the binding asks
 * by a `setImmediate` that renews itself, which keeps one core busy as long as the GPU works
 * (dawn-gpu/node-webgpu#17); where a software driver computes on the same cores, that core is what it lacks.
 */

/** Longest wait for an event of the GPU, and the shortest that Node's timers know. */
const pollMs = 1;

/** Puts Dawn's own immediates on a timer; all others stay what they are. Call before Dawn is loaded, once or more. */
export function paceDawnEvents(): void {
  const { setImmediate } = globalThis;
  if (Object.hasOwn(setImmediate, pacedMark)) return;
  const paced = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isDawns(callback) ? setTimeout(callback, pollMs, ...args) : setImmediate(callback, ...args);
  // What hangs on the function, such as its promisified form, stays with it.
  const descriptors = Object.getOwnPropertyDescriptors(setImmediate);
  globalThis.setImmediate = Object.defineProperties(paced, {
    ...descriptors,
    [pacedMark]: { value: true },
  }) as unknown as typeof setImmediate;
}

const pacedMark = Symbol.for('longview.pacedImmediates');

/** Dawn's callback is a native function without name and parameters: no function of a program looks so. */
function isDawns(callback: (...args: unknown[]) => void): boolean {
  return (
    callback.name === '' &&
    callback.length === 0 &&
    Function.prototype.toString.call(callback).includes('[native code]')
  );
}

/** @file Ctrl+C of a long command. */

/** The first Ctrl+C asks to stop; the second ends the process as usual. */
export function onInterrupt(tell: () => void): { readonly asked: boolean; release(): void } {
  const state = { asked: false, release: () => void process.removeListener('SIGINT', stop) };
  function stop(): void {
    state.asked = true;
    state.release();
    tell();
  }
  process.on('SIGINT', stop);
  return state;
}

import { describe, expect, it } from 'vitest';
import { Wakefulness } from '../../src/ui/state/wake-lock';

/** A browser's locks: how many are held, and whether it gives any. */
function locks(gives = true) {
  const seen = { held: 0, asked: 0 };
  const request = async () => {
    seen.asked++;
    await Promise.resolve();
    if (!gives) throw new DOMException('low battery', 'NotAllowedError');
    seen.held++;
    const lock = {
      released: false,
      release: async () => {
        if (!lock.released) seen.held--;
        lock.released = true;
      },
    };
    return lock as unknown as WakeLockSentinel;
  };
  return { seen, wakefulness: new Wakefulness({ request }) };
}

describe('the screen', () => {
  it('stays on while it is wanted, by one lock', async () => {
    const { seen, wakefulness } = locks();
    await Promise.all([wakefulness.want(true), wakefulness.want(true)]);
    await wakefulness.want(true);
    expect([seen.held, seen.asked, wakefulness.isHeld]).toEqual([1, 1, true]);
    await wakefulness.want(false);
    expect([seen.held, wakefulness.isHeld]).toEqual([0, false]);
  });

  it('is let go also where training was paused before the browser answered', async () => {
    const { seen, wakefulness } = locks();
    const asked = wakefulness.want(true);
    await wakefulness.want(false);
    await asked;
    expect([seen.held, wakefulness.isHeld]).toEqual([0, false]);
    await wakefulness.want(true);
    expect(seen.held).toBe(1);
  });

  it('goes off where the browser refuses, and training does not mind', async () => {
    const { wakefulness } = locks(false);
    await wakefulness.want(true);
    expect(wakefulness.isHeld).toBe(false);
  });
});

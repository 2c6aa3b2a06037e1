import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paceDawnEvents, watchEagerly } from '../../src/cli/dawn-events';

describe('pacing Dawn in Node', () => {
  const original = globalThis.setImmediate;
  const kindOf = (handle: unknown) => (handle as object).constructor.name;
  // What Dawn gives: a native function without name and parameters.
  const native = Function.prototype as unknown as () => void;

  beforeEach(paceDawnEvents);
  afterEach(() => {
    globalThis.setImmediate = original;
    watchEagerly(false);
  });

  it('puts a native callback without a name on a timer', () => {
    expect(kindOf(original(native))).toBe('Immediate');
    expect(kindOf(setImmediate(native))).toBe('Timeout');
  });

  it('leaves it an immediate where the adapter is a GPU', () => {
    watchEagerly(true);
    expect(kindOf(setImmediate(native))).toBe('Immediate');
    watchEagerly(false);
    expect(kindOf(setImmediate(native))).toBe('Timeout');
  });

  it('leaves the immediates of a program as they are', async () => {
    expect(kindOf(setImmediate(() => {}))).toBe('Immediate');
    expect(kindOf(setImmediate(native.bind(null)))).toBe('Immediate');
    expect(await new Promise((resolve) => setImmediate(resolve, 'given'))).toBe('given');
    expect(await promisify(setImmediate)('kept')).toBe('kept');
  });

  it('paces once, however often it is asked', () => {
    const first = globalThis.setImmediate;
    paceDawnEvents();
    expect(globalThis.setImmediate).toBe(first);
  });
});

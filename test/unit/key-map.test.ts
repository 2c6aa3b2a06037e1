/** @file Which key does what, where a person has moved some. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keyStrings } from '../../src/ui/strings-keys';

let kept = new Map<string, string>();

/** The module as a visit finds it, with what the one before left. */
async function visit() {
  vi.resetModules();
  return import('../../src/ui/state/key-map');
}

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

describe('the keys', () => {
  it('of the sheet are each named once, and each has a use of its own', async () => {
    const { keyOf, nameOfKey } = await visit();
    const names = keyStrings.scopes.flatMap((scope) => scope.names);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names)).toEqual(new Set(Object.keys(keyStrings.does)));
    for (const name of names) expect(nameOfKey(keyOf(name))).toBe(name);
  });

  it('moved to a free key do there what they did, and no longer where they were, also on the next visit', async () => {
    const first = await visit();
    expect(first.moveKey('answerNext', 'q')).toBeNull();
    for (const { nameOfKey, keyWords } of [first, await visit()]) {
      expect(nameOfKey('q')).toBe('answerNext');
      expect(nameOfKey('j')).toBeNull();
      expect(keyWords('Next ({answerNext}), step ({step}), {other}')).toBe('Next (q), step (.), {other}');
    }
  });

  it('are refused where the key has a use, and nothing moves then', async () => {
    const { moveKey, keyOf, nameOfKey } = await visit();
    expect(moveKey('answerNext', 'k')).toEqual({ kind: 'taken', by: 'answerPrevious' });
    expect(moveKey('answerNext', 'g')).toEqual({ kind: 'prefix' });
    for (const key of [' ', 'Escape', 'Tab', 'ArrowUp', 'F5'])
      expect(moveKey('answerNext', key)).toEqual({ kind: 'own' });
    expect(moveKey('toggle', 'q')).toEqual({ kind: 'own' });
    expect(keyOf('answerNext')).toBe('j');
    expect(nameOfKey('q')).toBeNull();
    // Its own key is no conflict, and a key that was left is free.
    expect(moveKey('answerNext', 'j')).toBeNull();
    moveKey('answerNext', 'q');
    expect(moveKey('answerPrevious', 'j')).toBeNull();
    expect(nameOfKey('j')).toBe('answerPrevious');
  });

  it('go back all at once', async () => {
    const { moveKey, resetKeys, keyOf } = await visit();
    moveKey('part', 'q');
    moveKey('step', 'Shift .');
    expect((await visit()).keyOf('step')).toBe('Shift .');
    resetKeys();
    expect([keyOf('part'), keyOf('step')]).toEqual(['Shift .', '.']);
    expect((await visit()).keyOf('part')).toBe('Shift .');
  });

  it('of a stored map that makes no sense are where they were at first', async () => {
    for (const text of [
      'no',
      '[]',
      '{"answerNext":"k"}',
      '{"answerNext":"g"}',
      '{"toggle":"q"}',
      '{"step":7}',
    ]) {
      kept.set('longview.keys', text);
      const { keyOf } = await visit();
      expect([keyOf('answerNext'), keyOf('toggle'), keyOf('step')], text).toEqual(['j', ' ', '.']);
    }
  });
});

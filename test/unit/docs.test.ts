/** @file What the page on the paper names is there: every file, and every name in it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settings } from '../../src/run/config';

const page = readFileSync('docs/qwenlong-l1.md', 'utf8');
const references = [...page.matchAll(/`((?:src|test)\/[\w./-]+)(?:#(\w+))?`/g)].map(([, path, name]) => ({
  path,
  name,
}));

describe('docs/qwenlong-l1.md', () => {
  it('has a row for every equation from 1 to 14', () => {
    const rows = [...page.matchAll(/^\| (\d+)(?:–(\d+))? \|/gm)].flatMap(([, from, to = from]) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i),
    );
    expect(rows).toEqual(expect.arrayContaining(Array.from({ length: 14 }, (_, i) => i + 1)));
  });

  it('names files and names that exist', () => {
    expect(references.length).toBeGreaterThan(50);
    for (const { path, name } of references) {
      expect(existsSync(path), path).toBe(true);
      if (name)
        expect(new RegExp(`\\b${name}\\b`).test(readFileSync(path, 'utf8')), `${path}#${name}`).toBe(true);
    }
  });

  it('names settings that exist', () => {
    const known = new Set<string>(settings.map(({ key }) => key));
    const rows = page.slice(page.indexOf('## Hyper-parameters'), page.indexOf('## Deviations')).split('\n');
    const named = rows.flatMap((row) =>
      [...(row.split('|').at(-2) ?? '').matchAll(/`([\w.]+)`/g)].map(([, key]) => key),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((key) => !known.has(key))).toEqual([]);
  });
});

/** @file What README and docs tell people to run, open and look up is there: commands, their flags, links, tests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main';

const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** `npm run name -- --flag …` and `node scripts/name.mjs --flag …`, up to the end of the line, of the code or of a comment. */
const commands = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/\b(npm (?:run [\w:-]+|start|test)|node scripts\/[\w-]+\.mjs)\b([^`#\n]*)/g)].map(
    ([told, program, rest]) => ({ path, told: told.trim(), program, words: rest.trim().split(/\s+/) }),
  ),
);

/** What a command line of the docs runs: the script, and what is given to it. */
function resolved(program: string, words: readonly string[]): string[] {
  const name = /^npm (?:run )?(\S+)$/.exec(program)?.[1];
  return name ? [...(scripts[name] ?? '').split(' '), ...words] : [...program.split(' '), ...words];
}

afterEach(() => vi.restoreAllMocks());

describe('README and docs', () => {
  it('name commands that exist, with flags that exist', async () => {
    let said = '';
    vi.spyOn(console, 'log').mockImplementation((text) => {
      said += text;
    });
    const known = new Map<string, string>();
    const helpOf = async (script: string, command: string) => {
      if (script !== 'scripts/longview.mjs') return readFileSync(script, 'utf8');
      said = '';
      // `longview.mjs <command>` speaks of all of them.
      if (/^[a-z-]+$/.test(command)) expect(await main([command, '--help']), command).toBe(0);
      return said;
    };
    expect(commands.length).toBeGreaterThan(40);
    const unknown: string[] = [];
    for (const { path, told, program, words } of commands) {
      const [runner, script, ...given] = resolved(program, words);
      if (!runner) unknown.push(`${path}: ${told}`);
      if (runner !== 'node') continue;
      const key = script === 'scripts/longview.mjs' ? given[0] : script;
      const help = known.get(key) ?? (await helpOf(script, given[0]));
      known.set(key, help);
      for (const flag of given.join(' ').match(/--[a-z][\w.-]*/g) ?? []) {
        // A script's own table of options; `--no-x` is the other value of `x`.
        const option = new RegExp(`\\b'?${flag.slice(2).replace(/^no-/, '')}'?: \\{`);
        if (!help.includes(`${flag} `) && !option.test(help)) unknown.push(`${path}: ${flag} of ${told}`);
      }
    }
    expect(unknown).toEqual([]);
  }, 120_000);

  it('link to files, and to headings in them, that exist', () => {
    const links = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, to, heading]) => ({
        from: path,
        to: to === '' ? path : normalize(join(dirname(path), to)),
        heading,
      })),
    );
    expect(links.length).toBeGreaterThan(15);
    for (const { from, to, heading } of links) {
      expect(existsSync(to), `${from} → ${to}`).toBe(true);
      if (heading) expect(headings(to), `${from} → ${to}#${heading}`).toContain(heading);
    }
  });

  it('docs/gates.md names tests that exist', () => {
    const gates = readFileSync('docs/gates.md', 'utf8');
    const named = [
      ...gates.matchAll(/((?:`[\w-]+`(?:, | and )?)+)(?: \([^)]*\))?(?: unit)? tests?\b/g),
    ].flatMap(([, names]) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
    expect(named.length).toBeGreaterThan(15);
    const there = ['unit', 'gpu', 'browser'].flatMap((folder) => readdirSync(`test/${folder}`));
    expect(named.filter((name) => !there.includes(`${name}.test.ts`))).toEqual([]);
  });
});

/** As GitHub makes anchors of headings. */
function headings(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

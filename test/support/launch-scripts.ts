/** @file What bash and Python read in a launch script. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';

/** Where scripts run: what they would write lands here. */
export const scriptFolder = mkdtempSync(join(tmpdir(), 'longview-launch-'));
export const removeScripts = () => rmSync(scriptFolder, { recursive: true, force: true });
// In place of Python: prints its arguments with NUL between them.
writeFileSync(join(scriptFolder, 'python3'), '#!/usr/bin/env bash\nprintf "%s\\0" "$@"\n');
chmodSync(join(scriptFolder, 'python3'), 0o755);

/** What the script would hand to verl: module, then one `key=value` each. */
function argumentsOf(script: string, env: Record<string, string> = { MODEL_PATH: '/models/m' }): string[] {
  const path = join(scriptFolder, 'script.sh');
  writeFileSync(path, script);
  const { status, stdout, stderr } = spawnSync('bash', [path, 'more=1'], {
    encoding: 'utf8',
    cwd: scriptFolder,
    env: { PATH: `${scriptFolder}${delimiter}${process.env.PATH}`, ...env },
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

/** The same as a map; each key is set once. */
export function overridesOf(script: string, env?: Record<string, string>): Map<string, string> {
  const given = argumentsOf(script, env);
  expect(given.at(-1)).toBe('more=1');
  const words = given.slice(2, -1);
  const entries = words.map((word): [string, string] => [
    word.slice(0, word.indexOf('=')),
    word.slice(word.indexOf('=') + 1),
  ]);
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return new Map(entries);
}

export interface Parsed {
  constants: Record<string, unknown>;
  config: Record<string, unknown>;
  trainer: string[];
}
const parser = `
import ast, json, sys
def value(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "per_process":
            return value(node.args[0])
        return ast.unparse(node)
def read(source):
    tree = ast.parse(source.encode())
    compile(tree, "script", "exec")
    out = {"constants": {}, "config": {}, "trainer": []}
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id.isupper():
            out["constants"][node.targets[0].id] = value(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GRPOConfig":
            out["config"] = {each.arg: value(each.value) for each in node.keywords}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GRPOTrainer":
            out["trainer"] = [each.arg for each in node.keywords]
    return out
print(json.dumps([read(source) for source in json.load(sys.stdin)]))
`;

/** Scripts as Python itself reads them; one process for all, since it takes a second to start. */
export function parsePython(scripts: readonly string[]): Parsed[] {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', parser], {
    input: JSON.stringify(scripts),
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

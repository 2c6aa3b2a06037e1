/**
 * @file Runs the TypeScript command line in Node.
 *
 *   node scripts/longview.mjs train --preset micro …         → main(['train', …]) of src/cli/main.ts
 *   node scripts/longview.mjs --script scripts/x.ts --flag   → main(['--flag']) of that file
 *
 * The entry is bundled by Vite as the page is (`?raw` shaders, JSON), and exports
 * `main(argv: string[]): Promise<number>` whose value is the exit code. Bundling moves files, so code that runs
 * here finds the repository by `process.env.LONGVIEW_ROOT`, not by `import.meta.url`.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { findVulkan, vulkanEnvironment } from './vulkan.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let argv = process.argv.slice(2);
let entry = join(root, 'src/cli/main.ts');
if (argv[0] === '--script') {
  if (argv[1] === undefined) fail('--script needs the path of a TypeScript file.');
  entry = resolve(argv[1]);
  argv = argv.slice(2);
}

process.env.LONGVIEW_ROOT = root;
const vulkan = findVulkan();
const environment = vulkanEnvironment(vulkan);
if (environment.LD_LIBRARY_PATH && environment.LD_LIBRARY_PATH !== process.env.LD_LIBRARY_PATH) {
  // The dynamic linker reads this variable only when a process starts.
  const again = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...environment,
      VK_ICD_FILENAMES: environment.VK_ICD_FILENAMES ?? process.env.VK_ICD_FILENAMES,
    },
  });
  process.exit(again.status ?? 1);
}
Object.assign(process.env, environment);

try {
  process.setSourceMapsEnabled(true);
  const program = await import(pathToFileURL(await bundle(entry, root)).href);
  if (typeof program.main !== 'function') fail(`${entry} exports no main(argv).`);
  const code = await program.main(argv);
  // Dawn's threads crash the process when Node tears it down by itself; an explicit exit skips that.
  process.exit(typeof code === 'number' ? code : 0);
} catch (error) {
  console.error(error);
  process.exit(1);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

/**
 * @file Three test projects: `unit` (pure), `gpu` (kernels and policy on Dawn), `browser` (the built page in a real
 * Chromium). `npx vitest run --project unit` runs one of them. `shots` pictures the page for people to look at.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // Node would load the package's CommonJS file as a module and find no exports in it.
        resolve: { alias: { wgsl_reflect: 'wgsl_reflect/wgsl_reflect.module.js' } },
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      {
        test: {
          name: 'gpu',
          include: ['test/gpu/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/support/machine.mjs'],
          setupFiles: ['test/support/dawn.ts'],
          pool: 'forks',
          // One process and one file at a time: a software driver uses every core for one device already, and
          // pipelines compiled for one file serve the next.
          isolate: false,
          fileParallelism: false,
          // Most of it is compiling pipelines, on a machine that has not cached them.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/support/server.ts'],
          pool: 'forks',
          fileParallelism: false,
          // The page answers when it has time; on a loaded machine that is not within a second.
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'shots',
          include: ['test/shots/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/support/server.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
    ],
  },
});

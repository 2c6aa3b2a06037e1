/**
 * @file `npm test`: every check, the fast ones first, and one closing line `N passed, N failed`.
 *
 *   npm test                   everything
 *   npm test -- unit gpu       the named parts only: types lint unused build unit gpu browser
 *
 * A step that is no test suite counts as one test. A skipped test, a suite without tests, and a missing adapter or
 * browser count as failed. After a failing step the others still run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './browser.mjs';
import { prepare } from './prepare.mjs';
import { findVulkan, vulkanEnvironment } from './vulkan.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tool = (name) => join(root, 'node_modules/.bin', name);
const minutes = (count) => count * 60_000;

/** @typedef {{ part: string, title: string, command?: string[], project?: string, limitMs: number, hint?: string }} Step */
/** @type {Step[]} A step without a command is a Vitest project. */
const STEPS = [
  { part: 'types', title: 'type check', command: [tool('tsc'), '--noEmit'], limitMs: minutes(5) },
  {
    part: 'lint',
    title: 'Biome',
    command: [tool('biome'), 'check', '--error-on-warnings'],
    limitMs: minutes(3),
    hint: '`npm run fix` repairs layout and import order.',
  },
  { part: 'unused', title: 'unused code', command: [tool('knip')], limitMs: minutes(3) },
  { part: 'build', title: 'production build', command: [tool('vite'), 'build'], limitMs: minutes(5) },
  { part: 'build', title: 'bundle size', command: ['node', 'scripts/bundle-size.mjs'], limitMs: minutes(1) },
  { part: 'unit', title: 'unit tests', project: 'unit', limitMs: minutes(10) },
  { part: 'gpu', title: 'GPU tests', project: 'gpu', limitMs: minutes(20) },
  { part: 'browser', title: 'browser tests', project: 'browser', limitMs: minutes(35) },
];

const wanted = process.argv.slice(2);
const parts = [...new Set(STEPS.map((step) => step.part))];
const unknown = wanted.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. The parts are: ${parts.join(' ')}.`);
  process.exit(2);
}
// The browser tests open the built page, so they never run against the build of some other day.
const selected = STEPS.filter(
  ({ part }) =>
    wanted.length === 0 || wanted.includes(part) || (part === 'build' && wanted.includes('browser')),
);

const scratch = mkdtempSync(join(tmpdir(), 'longview-test-'));
let passed = 0;
let failed = 0;
if (selected.some(({ part }) => part === 'gpu' || part === 'browser')) {
  if (!prepare()) {
    failed++;
    console.log('✗ preparing this machine');
  }
}
const vulkan = findVulkan();
const environment = {
  ...process.env,
  ...vulkanEnvironment(vulkan),
  CHROMIUM_PATH: findBrowser() ?? process.env.CHROMIUM_PATH ?? '',
  NO_COLOR: '1',
};
// Node warns on every start when both are set.
delete environment.FORCE_COLOR;

for (const step of selected) {
  const report = join(scratch, `${step.part}.json`);
  const started = Date.now();
  const { code, output } = await run(step, report);
  const counts = step.project
    ? countTests(report, code)
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  passed += counts.passed;
  failed += counts.failed;
  if (counts.failed > 0) console.log(`\n${output.trimEnd()}\n${step.hint ? `${step.hint}\n` : ''}`);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const detail = step.project ? `${counts.passed} passed, ${counts.failed} failed, ` : '';
  console.log(`${counts.failed > 0 ? '✗' : '✓'} ${step.title} (${detail}${seconds} s)`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** Runs a step in a process group of its own; past its limit the whole group is ended. */
function run(step, report) {
  const suite = ['run', '--project', step.project, '--reporter=default', '--reporter=json'];
  const [program, ...args] = step.command ?? [tool('vitest'), ...suite, `--outputFile.json=${report}`];
  return new Promise((resolve) => {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32' && program !== 'node',
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const timer = setTimeout(() => {
      output += `\nStopped after ${step.limitMs / 60_000} minutes.\n`;
      endGroup(child);
    }, step.limitMs);
    child.on('error', (error) => {
      output += `${error.message}\n`;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal) output += `\nEnded by ${signal}.\n`;
      resolve({ code: code ?? 1, output });
    });
  });
}

function endGroup(child) {
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Adds up Vitest's JSON report. A failure that no test carries (an import error, a crash) counts as one. */
function countTests(path, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const lostFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numPendingTests + report.numTodoTests + lostFiles,
  };
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return counts;
}

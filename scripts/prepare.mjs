/**
 * @file Sets up what the tests and the software mode need beside npm packages: a Chrome or Chromium, a Vulkan driver
 * for Dawn, and Python, which reads the scripts that an export writes. Does nothing, quickly, when all is there.
 *
 *   npm run prepare-machine
 *
 * As root on Debian or Ubuntu it installs packages; elsewhere it lets Playwright download a Chromium, whose own
 * SwiftShader then serves Dawn too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './browser.mjs';
import { findVulkan, OLDEST_LAVAPIPE } from './vulkan.mjs';

const SOURCES = '/etc/apt/sources.list.d';
const BACKPORTS = 'bookworm-backports';

/** @returns {boolean} whether the machine is ready; what is missing has been printed. */
export function prepare() {
  if (process.env.CHROMIUM_PATH && !existsSync(process.env.CHROMIUM_PATH)) {
    console.error(
      `CHROMIUM_PATH names ${process.env.CHROMIUM_PATH}, which is not there. Correct it or unset it.`,
    );
    return false;
  }
  if (!isReady()) {
    const asRoot = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
    if (asRoot) installDebianPackages();
    if (!findBrowser()) installPlaywrightChromium();
  }
  const browser = findBrowser();
  const vulkan = findVulkan();
  const python = hasPython();
  if (!python)
    console.error('No python3, which the tests of exported scripts run. Install Python 3.9 or newer.');
  if (!browser) {
    console.error(
      'No Chrome or Chromium, and installing one failed (the lines above say why).\n' +
        'Install Chrome or Chromium by hand, or set CHROMIUM_PATH to one, and run this again.',
    );
  }
  if (vulkan.kind === 'none') {
    console.error(
      `No Vulkan driver that Dawn accepts: a hardware driver, Mesa's lavapipe ${OLDEST_LAVAPIPE} or newer\n` +
        '(Debian: mesa-vulkan-drivers, on Debian 12 from bookworm-backports), or the SwiftShader inside a Chromium.',
    );
  }
  if (!browser || !python || vulkan.kind === 'none') return false;
  console.log(`browser ${browser}, Vulkan ${vulkan.kind}${vulkan.icd ? ` (${vulkan.icd})` : ''}`);
  return true;
}

/** SwiftShader is enough to run, but where lavapipe can be had the tests take a fifth of the time. */
function isReady() {
  const { kind } = findVulkan();
  if (!findBrowser() || !hasPython() || kind === 'none') return false;
  return kind !== 'swiftshader' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get');
}

function hasPython() {
  return spawnSync('python3', ['--version']).status === 0;
}

function installDebianPackages() {
  const release = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const onBookworm = release === 'bookworm';
  const wantsDriver = ['none', 'swiftshader'].includes(findVulkan().kind);
  if (onBookworm && wantsDriver) addBackports();
  run('apt-get', ['update', '-qq']);
  if (!findBrowser()) {
    // Ubuntu's chromium package is only a pointer to a snap; there Playwright's Chromium is taken instead.
    if (/^ID=debian/m.test(readFileSync('/etc/os-release', 'utf8')))
      install(['chromium', 'fonts-dejavu-core']);
  }
  if (!hasPython()) install(['python3']);
  if (wantsDriver) {
    // Apart from the browser: a mirror without backports then costs the fast driver, not the run.
    install(
      onBookworm
        ? ['-t', BACKPORTS, 'libvulkan1', 'mesa-vulkan-drivers']
        : ['libvulkan1', 'mesa-vulkan-drivers'],
    );
  }
}

/** Adds Debian's backports from the mirror this machine uses already. */
function addBackports() {
  const paths = ['/etc/apt/sources.list', ...readdirSync(SOURCES).map((name) => join(SOURCES, name))];
  const lists = paths
    .filter((path) => existsSync(path) && /\.(list|sources)$/.test(path))
    .map((path) => readFileSync(path, 'utf8').replace(/^\s*#.*$/gm, ''))
    .join('\n');
  if (lists.includes(BACKPORTS)) return;
  const oneLine = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+bookworm\s/m.exec(lists)?.[1];
  const stanza = lists.split(/\n\s*\n/).find((part) => /^Suites:.*\bbookworm\b(?!-security)/m.test(part));
  const mirror = oneLine ?? (stanza && /^URIs:\s*(\S+)/m.exec(stanza)?.[1]) ?? 'http://deb.debian.org/debian';
  writeFileSync(join(SOURCES, 'longview-backports.list'), `deb ${mirror} ${BACKPORTS} main\n`);
}

function install(packages) {
  run('apt-get', [
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    '-o',
    'Acquire::Retries=3',
    ...packages,
  ]);
}

function installPlaywrightChromium() {
  const program = join(
    dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')),
    'cli.js',
  );
  run(process.execPath, [program, 'install', 'chromium']);
}

/** Runs a command quietly; its output is shown only when it fails. */
function run(command, args) {
  console.log(`+ ${[command, ...args].join(' ')}`);
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  console.error(result.error?.message ?? `${result.stdout}${result.stderr}`.trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(prepare() ? 0 : 1);

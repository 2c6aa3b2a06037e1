/**
 * @file Completes package-lock.json with the packages of other platforms.
 *
 *   npm install && node scripts/complete-lock.mjs
 *
 * Native tools (Biome, oxc) name one optional package a platform, at their own exact version. A registry mirror that
 * carries only some of them makes npm leave the others out of the lock, and then `npm ci` refuses the lock on
 * every platform. What an entry needs is known without the registry: the version is in the parent, the platform in
 * the name. Only the hash is not; npm takes such a package without one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const packages = lock.packages;

const PLATFORM =
  /-(android|darwin|freebsd|linux|openharmony|win32)-(arm|arm64|ia32|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/;
const added = [];
for (const [key, parent] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const own = `node_modules/${name}`;
    if (packages[own] || packages[`${key}/${own}`]) continue;
    const platform = PLATFORM.exec(name);
    // Anything but an exact version of a platform package cannot be known here.
    if (!platform || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`cannot complete ${name}@${version}`);
    const [, os, cpu, variant = ''] = platform;
    const libc = os !== 'linux' ? null : variant.startsWith('musl') ? 'musl' : 'glibc';
    packages[own] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(libc ? { libc: [libc] } : {}),
      ...(parent.license ? { license: parent.license } : {}),
      optional: true,
      os: [os],
      ...(parent.engines ? { engines: parent.engines } : {}),
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added ${added.join(', ')}` : 'nothing was missing');

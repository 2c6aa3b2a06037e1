/**
 * @file Which Vulkan driver Dawn should use in Node.
 *
 * On Linux Dawn takes the first adapter of the first driver that the Vulkan loader lists, so a machine with
 * several drivers needs one named. The order here: what the person has already chosen, a driver for hardware that
 * is really there, Mesa's lavapipe (≥ 23; older ones lack dynamic indexing and Dawn turns them down), and last the
 * SwiftShader that every Chromium carries (correct, about five times slower than lavapipe).
 * On macOS and Windows Dawn uses Metal or Direct3D and nothing is set.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { browserFolders } from './browser.mjs';

/** Oldest lavapipe that Dawn accepts, Mesa's major version. */
export const OLDEST_LAVAPIPE = 23;

/** PCI vendor of a render node → how the name of its driver's ICD file begins. */
const DRIVER_OF_VENDOR = {
  '0x8086': ['intel_icd'],
  '0x1002': ['radeon_icd', 'amd_icd'],
  '0x10de': ['nvidia_icd', 'nouveau_icd'],
  '0x1af4': ['virtio_icd'],
};

const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/**
 * @typedef {'given' | 'native' | 'hardware' | 'lavapipe' | 'swiftshader' | 'none'} VulkanKind
 * @typedef {{ icd: string | null, kind: VulkanKind, loaderFolder: string | null }} Vulkan
 *   `icd`: path of the ICD file; null when nothing is to be set.
 *   `loaderFolder`: folder of a `libvulkan.so.1` to add to LD_LIBRARY_PATH where the system has no loader.
 */

/** @returns {Vulkan} the driver to use; kind 'none' when the machine has no usable one. */
export function findVulkan() {
  const given = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  if (process.platform !== 'linux')
    return { icd: given ?? null, kind: given ? 'given' : 'native', loaderFolder: null };
  const loaderFolder = missingLoaderFolder();
  if (given) return { icd: given, kind: 'given', loaderFolder };
  const icds = icdFiles();
  const hardware = hardwareIcd(icds);
  if (hardware) return { icd: hardware, kind: 'hardware', loaderFolder };
  const lavapipe = icds.find(
    (path) => basename(path).startsWith('lvp_icd') && lavapipeVersion(path) >= OLDEST_LAVAPIPE,
  );
  if (lavapipe) return { icd: lavapipe, kind: 'lavapipe', loaderFolder };
  for (const folder of browserFolders()) {
    const path = join(folder, 'vk_swiftshader_icd.json');
    if (existsSync(path)) return { icd: path, kind: 'swiftshader', loaderFolder };
  }
  return { icd: null, kind: 'none', loaderFolder };
}

/**
 * The environment that makes Dawn use the driver found.
 * @param {Vulkan} vulkan
 * @returns {Record<string, string>}
 */
export function vulkanEnvironment(vulkan) {
  /** @type {Record<string, string>} */
  const environment = {};
  if (vulkan.icd && vulkan.kind !== 'given') {
    // The older of the two names; every loader since 2016 reads it.
    environment.VK_ICD_FILENAMES = vulkan.icd;
  }
  if (vulkan.loaderFolder) {
    environment.LD_LIBRARY_PATH = [vulkan.loaderFolder, process.env.LD_LIBRARY_PATH]
      .filter(Boolean)
      .join(delimiter);
  }
  return environment;
}

/** Mesa's major version of the lavapipe behind an ICD file; 0 when it cannot be told. */
function lavapipeVersion(icdPath) {
  try {
    const library = JSON.parse(readFileSync(icdPath, 'utf8')).ICD.library_path;
    const places = isAbsolute(library)
      ? [library]
      : library.includes('/')
        ? [join(dirname(icdPath), library)]
        : LIBRARY_FOLDERS.map((folder) => join(folder, library));
    const path = places.find((place) => existsSync(place));
    if (!path) return 0;
    const match = /Mesa (\d{2})\.\d+\.\d+/.exec(readFileSync(path, 'latin1'));
    return match ? Number(match[1]) : 0;
  } catch {
    return 0;
  }
}

function icdFiles() {
  const shares = (process.env.XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(delimiter);
  const folders = [join(homedir(), '.local/share'), '/usr/local/etc', '/etc', ...shares].map((base) =>
    join(base, 'vulkan/icd.d'),
  );
  return [...new Set(folders)].flatMap((folder) =>
    list(folder)
      .filter((name) => name.endsWith('.json') && !name.includes('i686'))
      .map((name) => join(folder, name)),
  );
}

/** The driver of a device that is there, not merely of a package that is installed. */
function hardwareIcd(icds) {
  const prefixes = [];
  if (existsSync('/dev/nvidiactl') && list('/dev').some((name) => /^nvidia\d+$/.test(name)))
    prefixes.push('nvidia_icd');
  for (const node of list('/dev/dri').filter((name) => name.startsWith('renderD'))) {
    try {
      const vendor = readFileSync(`/sys/class/drm/${node}/device/vendor`, 'utf8').trim();
      prefixes.push(...(DRIVER_OF_VENDOR[vendor] ?? []));
    } catch {
      // A render node without a PCI device (a virtual display): no driver to name.
    }
  }
  for (const prefix of prefixes) {
    const match = icds.find((path) => basename(path).startsWith(prefix));
    if (match) return match;
  }
  return null;
}

/** Folder of the browser's own Vulkan loader, when the system has none; null when it has (or nobody has). */
function missingLoaderFolder() {
  if (LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, 'libvulkan.so.1')))) return null;
  try {
    if (execFileSync('ldconfig', ['-p'], { encoding: 'utf8' }).includes('libvulkan.so.1')) return null;
  } catch {
    // No ldconfig (not glibc, or /sbin not on the path): go by the folders alone.
  }
  return browserFolders().find((folder) => existsSync(join(folder, 'libvulkan.so.1'))) ?? null;
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

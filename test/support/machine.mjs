/**
 * @file Runs once before the tests, in the process that starts the test workers: names the Vulkan driver in the
 * environment they inherit (Dawn reads it from the process environment, and only once).
 */
import { findVulkan, vulkanEnvironment } from '../../scripts/vulkan.mjs';

export function setup() {
  const vulkan = findVulkan();
  if (vulkan.kind === 'none') {
    throw new Error('No Vulkan driver that Dawn accepts. `npm run prepare-machine` installs one.');
  }
  Object.assign(process.env, vulkanEnvironment(vulkan));
  // lavapipe compiles each shader by LLVM, which takes most of the time of a test's few small dispatches on a machine
  // that has not cached it yet. Without LLVM's optimisation passes a first run takes half as long.
  process.env.GALLIVM_PERF ??= 'nopt';
}

/** @file WebGPU in Node: Dawn, through the npm package `webgpu`. */
import { CodedError } from '../errors';
import { type DeviceOptions, type Gpu, openGpu } from '../gpu';
import { paceDawnEvents, watchEagerly } from './dawn-events';

// Dawn crashes when the object behind `create` is collected while a device lives, so it is kept on globalThis.
const holder = globalThis as typeof globalThis & { longviewGpu?: GPU };

const prepare =
  'Run `npm run prepare-machine`: it finds or installs a Vulkan driver (a software one where there is no GPU).';

/**
 * Opens the adapter that the environment offers (scripts/vulkan.mjs chooses the driver).
 * @throws CodedError `gpu.none` where Dawn cannot be loaded, `gpu.no_adapter`, `gpu.limits`.
 */
export async function openNodeGpu(options: DeviceOptions = {}): Promise<Gpu> {
  if (!holder.longviewGpu) {
    try {
      paceDawnEvents();
      const { create, globals } = await import('webgpu');
      Object.assign(globalThis, globals);
      // Rounding to 100 µs guards web pages against each other and hides the time of single kernels.
      holder.longviewGpu = create(['disable-dawn-features=timestamp_quantization']);
    } catch (cause) {
      throw new CodedError(
        'gpu.none',
        'WebGPU for Node (Dawn) could not be loaded.',
        `Run \`npm ci\` with Node 20.19 or newer. ${prepare}`,
        { cause },
      );
    }
  }
  try {
    const gpu = await openGpu(holder.longviewGpu, options);
    watchEagerly(!gpu.adapter.software);
    return gpu;
  } catch (error) {
    // The device's own advice speaks of the browser.
    if (error instanceof CodedError && error.code === 'gpu.no_adapter') {
      throw new CodedError('gpu.no_adapter', 'Dawn found no GPU and no software driver.', prepare, {
        cause: error,
      });
    }
    throw error;
  }
}

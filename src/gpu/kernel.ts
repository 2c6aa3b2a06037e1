/**
 * @file Kernels: WGSL source plus a typed description of what it binds.
 *
 * Group 0 holds the storage buffers in the order of `storage`; group 1 binding 0 is the uniform `Params`, whose
 * members are four bytes each in the order of `params`. At most eight storage buffers, by WebGPU's default limits.
 */
import { CodedError } from '../errors';
import type { Slice } from './buffers';
import type { Gpu } from './device';

type ParamType = 'u32' | 'i32' | 'f32';
type ParamTypes = Record<string, ParamType>;
export type ParamValues<P extends ParamTypes> = { [K in keyof P]: number };

export interface Kernel<P extends ParamTypes = ParamTypes> {
  label: string;
  code: string;
  entryPoint: string;
  storage: readonly ('read' | 'read-write')[];
  params: P;
  /** Values of the shader's `override` constants. */
  constants?: Record<string, number>;
}

/** Declares a kernel; nothing is compiled until a `Kernels` cache is asked for it. */
export function defineKernel<const P extends ParamTypes>(kernel: Kernel<P>): Kernel<P> {
  if (kernel.storage.length > 8) throw new Error(`${kernel.label} binds more than eight storage buffers`);
  return kernel;
}

/** Bytes of the largest `Params` block: one slot of the uniform ring. */
export const paramSlotBytes = 256;

interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

interface BoundGroup {
  slices: readonly Slice[];
  group: GPUBindGroup;
}

interface Ready extends Compiled {
  /** By a hash of the slices. */
  groups: Map<number, BoundGroup[]>;
}

/** What all caches of one device share, so that what a race or an earlier run compiled is not compiled again. */
interface Shared {
  paramLayout: GPUBindGroupLayout;
  compiled: Map<string, Promise<Compiled>>;
}

const sharedByDevice = new WeakMap<GPUDevice, Shared>();

/** Compiles kernels once a device and caches their bind groups by the buffers bound. */
export class Kernels {
  readonly gpu: Gpu;
  readonly paramLayout: GPUBindGroupLayout;
  private readonly compiled: Map<string, Promise<Compiled>>;
  private ready = new Map<Kernel, Ready>();
  private bufferIds = new WeakMap<GPUBuffer, number>();
  private nextBufferId = 0;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
    let shared = sharedByDevice.get(gpu.device);
    if (!shared) {
      const paramLayout = gpu.device.createBindGroupLayout({
        label: 'params',
        entries: [
          {
            binding: 0,
            visibility: GPUShaderStage.COMPUTE,
            buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 0 },
          },
        ],
      });
      shared = { paramLayout, compiled: new Map() };
      sharedByDevice.set(gpu.device, shared);
    }
    this.paramLayout = shared.paramLayout;
    this.compiled = shared.compiled;
  }

  /** Compiles all kernels in parallel; `progress` hears how many of how many are ready. */
  async prepare(
    kernels: readonly Kernel[],
    progress: (ready: number, total: number) => void = () => {},
  ): Promise<void> {
    let done = 0;
    await this.gpu.guard(
      Promise.all(
        kernels.map(async (kernel) => {
          const compiled = await this.compile(kernel);
          if (!this.ready.has(kernel)) this.ready.set(kernel, { ...compiled, groups: new Map() });
          progress(++done, kernels.length);
        }),
      ),
    );
  }

  /** The pipeline and the bind group for these buffers. The kernel must have been prepared. */
  bind(kernel: Kernel, slices: readonly Slice[]): { pipeline: GPUComputePipeline; group: GPUBindGroup } {
    const compiled = this.ready.get(kernel);
    if (!compiled) throw new Error(`kernel ${kernel.label} was not prepared`);
    if (slices.length !== kernel.storage.length)
      throw new Error(`kernel ${kernel.label} takes ${kernel.storage.length} buffers, got ${slices.length}`);
    let hash = 0;
    for (const { buffer, offset, size } of slices)
      hash = Math.imul(hash ^ this.idOf(buffer), 0x01000193) + offset + 31 * size;
    const found = compiled.groups.get(hash)?.find((bound) => sameSlices(bound.slices, slices));
    return {
      pipeline: compiled.pipeline,
      group: found?.group ?? this.makeGroup(kernel, compiled, slices, hash),
    };
  }

  private makeGroup(
    kernel: Kernel,
    { groups, layout }: Ready,
    slices: readonly Slice[],
    hash: number,
  ): GPUBindGroup {
    if (groups.size > 4096) groups.clear();
    const group = this.gpu.device.createBindGroup({
      label: kernel.label,
      layout,
      entries: slices.map((slice, binding) => ({ binding, resource: slice })),
    });
    groups.set(hash, [...(groups.get(hash) ?? []), { slices: [...slices], group }]);
    return group;
  }

  private idOf(buffer: GPUBuffer): number {
    let id = this.bufferIds.get(buffer);
    if (id === undefined) {
      id = this.nextBufferId++;
      this.bufferIds.set(buffer, id);
    }
    return id;
  }

  private compile(kernel: Kernel): Promise<Compiled> {
    const key = JSON.stringify([kernel.code, kernel.entryPoint, kernel.constants ?? {}]);
    let promise = this.compiled.get(key);
    if (!promise) {
      promise = this.build(kernel);
      this.compiled.set(key, promise);
      // What failed is tried, and told, again.
      promise.catch(() => this.compiled.delete(key));
    }
    return promise;
  }

  private async build(kernel: Kernel): Promise<Compiled> {
    const { device } = this.gpu;
    const layout = device.createBindGroupLayout({
      label: kernel.label,
      entries: kernel.storage.map((access, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    });
    const module = device.createShaderModule({ label: kernel.label, code: kernel.code });
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: kernel.label,
        layout: device.createPipelineLayout({
          label: kernel.label,
          bindGroupLayouts: [layout, this.paramLayout],
        }),
        compute: { module, entryPoint: kernel.entryPoint, constants: kernel.constants },
      });
      return { pipeline, layout };
    } catch (cause) {
      const report = (await module.getCompilationInfo()).messages
        .map((m) => `${m.lineNum}:${m.linePos} ${m.message}`)
        .join('\n');
      throw new CodedError(
        'gpu.shader',
        `Kernel ${kernel.label} did not compile: ${cause instanceof Error ? cause.message : cause}\n${report}`,
        'Copy the diagnostics and report this adapter.',
        { cause },
      );
    }
  }
}

function sameSlices(a: readonly Slice[], b: readonly Slice[]): boolean {
  return a.every(
    ({ buffer, offset, size }, i) => buffer === b[i].buffer && offset === b[i].offset && size === b[i].size,
  );
}

/** Writes parameter values as the uniform block the kernel declares. */
export function packParams<P extends ParamTypes>(
  kernel: Kernel<P>,
  values: ParamValues<P>,
  into: DataView,
  offset: number,
): void {
  let at = offset;
  for (const name of Object.keys(kernel.params)) {
    const value = values[name as keyof P];
    switch (kernel.params[name]) {
      case 'u32':
        into.setUint32(at, value, true);
        break;
      case 'i32':
        into.setInt32(at, value, true);
        break;
      case 'f32':
        into.setFloat32(at, value, true);
        break;
    }
    at += 4;
  }
}

/** @file A first look at the GPU from the page: which preset fits, before the worker opens the device itself. */
import { CodedError } from '../../errors';
import type { AdapterSummary } from '../../gpu';
import { problemStrings } from '../strings-problems';

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|\bcpu\b|warp|basic render/i;

/** What the worker will most likely find; its own word replaces this. @throws CodedError `gpu.insecure`, `gpu.none`, `gpu.no_adapter`. */
export async function probeAdapter(): Promise<AdapterSummary> {
  const { none, insecure, noAdapter } = problemStrings.gpu;
  if (!isSecureContext) throw new CodedError('gpu.insecure', insecure.message, insecure.advice);
  if (!navigator.gpu) throw new CodedError('gpu.none', none.message, none.advice(platform()));
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new CodedError('gpu.no_adapter', noAdapter.message, noAdapter.advice);
  const info = adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  const names = `${info.architecture} ${info.description} ${info.device}`;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description || info.device,
    software: info.isFallbackAdapter === true || softwareNames.test(names),
    f16: adapter.features.has('shader-f16'),
    maxBufferBytes: adapter.limits.maxBufferSize,
  };
}

/** The visitor's own line of the browsers that have WebGPU. An iPad that asks for desktop pages says Macintosh, and can be touched. */
export function platform({
  userAgent,
  maxTouchPoints = 0,
}: Pick<Navigator, 'userAgent'> & {
  maxTouchPoints?: number;
} = navigator): keyof typeof problemStrings.platforms {
  if (/Android/.test(userAgent)) return 'android';
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'iphone';
  if (/Macintosh/.test(userAgent)) return maxTouchPoints > 1 ? 'iphone' : 'mac';
  if (/CrOS/.test(userAgent)) return 'chromeos';
  return /Linux/.test(userAgent) ? 'linux' : 'windows';
}

/** @file What kernels that share loads within a subgroup need of a device. */
import type { Gpu } from '../../gpu';

/** Whether every subgroup has at least eight lanes. */
export function hasWideSubgroups({ device }: Gpu): boolean {
  return device.features.has('subgroups') && (device.adapterInfo?.subgroupMinSize ?? 0) >= 8;
}

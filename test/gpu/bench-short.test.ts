/** @file The ratios of `longview bench --short`: the regression guard on speed. */
import { expect, it } from 'vitest';
import { Report } from '../../src/cli/bench/report';
import { benchShort } from '../../src/cli/bench/short';
import { openGpu } from '../../src/gpu';
import { defaultKernels } from '../../src/run/kernel-choice';

it('sharing the prompt pays, and an update grows no faster than its cost model', async () => {
  const gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  const report = new Report(gpu.adapter);
  await benchShort(gpu, defaultKernels(gpu), report);
  expect(report.faults).toEqual([]);
  expect(report.figures.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['repeated / shared', 'growth of an update against the cost model']),
  );
  expect(report.text()).toMatch(/repeated \/ shared .* the cost model asks for [5-8]\.\d/);
  gpu.close();
  // Seconds on a quiet machine; on one that others hold, each attempt takes its time.
}, 400_000);

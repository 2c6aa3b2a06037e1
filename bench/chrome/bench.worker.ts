/** @file Runs parts of the bench on the worker's own device, where training runs in the page too. */
import type { ChromeAnswer, ChromeRequest } from '../../src/cli/bench/chrome';
import { deviceBench, deviceParts } from '../../src/cli/bench/device-parts';
import { Findings } from '../../src/cli/bench/findings';
import { asCodedError, type CodedError } from '../../src/errors';
import { openGpu } from '../../src/gpu';
import { chooseKernels } from '../../src/run/kernel-choice';

self.onmessage = async ({ data: request }: MessageEvent<ChromeRequest>) => {
  const answer = await run(request).catch(
    (error): ChromeAnswer => ({ outcome: 'failed', ...told(asCodedError(error)) }),
  );
  self.postMessage(answer);
};

async function run(request: ChromeRequest): Promise<ChromeAnswer> {
  const gpu = await openGpu(navigator.gpu);
  try {
    self.postMessage({ part: 'choosing kernels' });
    const { kernels } = await chooseKernels(gpu);
    const findings = new Findings();
    const bench = deviceBench(gpu, kernels, findings, request);
    for (const part of request.parts) {
      self.postMessage({ part });
      await deviceParts[part](bench);
    }
    const { figures, faults, details } = findings;
    return {
      outcome: 'done',
      adapter: gpu.adapter,
      figures,
      faults: faults.map(told),
      details: { ...details, kernels },
    };
  } finally {
    gpu.close();
  }
}

function told({ code, message, advice }: CodedError): Pick<CodedError, 'code' | 'message' | 'advice'> {
  return { code, message, advice };
}

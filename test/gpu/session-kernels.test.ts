import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { linearRoles, linearVariants, portableLinearChoice, runsOn } from '../../src/kernels/linear/variants';
import { Session } from '../../src/run/session';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

describe('kernels that are taken between two steps', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  const opened = () =>
    Session.open({ config: smallRun, document: smallDocument, checkpoint: smallCheckpoint(), gpu });

  /** For each role another variant than the portable one, where there is one that runs here. */
  function otherChoice() {
    const other = { ...portableLinearChoice };
    for (const role of linearRoles) {
      const variant = linearVariants.find(
        (known) => known.name !== other[role] && !known.barriers && known.kernels[role] && runsOn(gpu, known),
      );
      if (variant) other[role] = variant.name;
    }
    return other;
  }

  async function end(session: Session) {
    const { weights } = await session.checkpoint();
    await session.dispose();
    return Object.fromEntries(
      Object.entries(weights).map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('base64')]),
    );
  }

  it('change no bit of the run, and where they do not compile the ones in use stay', async () => {
    const plain = await opened();
    const expected = [];
    for (let i = 0; i < 4; i++) expected.push(measured((await plain.step()).metrics));

    const session = await opened();
    const steps = [await session.step(), await session.step()];
    const other = otherChoice();
    const changed = linearRoles.filter((role) => other[role] !== portableLinearChoice[role]);
    expect(changed.length).toBeGreaterThan(2);
    await session.takeKernels({ ...session.kernels, linear: other });
    expect(session.kernels.linear).toEqual(other);
    steps.push(await session.step());
    const unknown = { ...other, forward: 'magic' };
    await expect(session.takeKernels({ ...session.kernels, linear: unknown })).rejects.toThrow('magic');
    expect(session.kernels.linear).toEqual(other);
    steps.push(await session.step());

    expect(steps.map(({ metrics }) => measured(metrics))).toEqual(expected);
    expect(await end(session)).toEqual(await end(plain));
  });
});

import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { LossRule } from '../../src/run/recovery';

const loss = () => new CodedError('gpu.lost', 'lost', 'resume');

describe('the rule for losses of the GPU', () => {
  function rule() {
    const clock = { ms: 0 };
    const shares: number[] = [];
    const losses = new LossRule(() => clock.ms);
    const rebuild = async (share: number) => void shares.push(share);
    return { clock, shares, losses, rebuild, survive: () => losses.survive(loss(), rebuild) };
  }

  it('rebuilds with half the slices, and halves them again at a loss more than a minute later', async () => {
    const { clock, shares, survive } = rule();
    await survive();
    clock.ms = 60_001;
    await survive();
    expect(shares).toEqual([0.5, 0.25]);
  });

  it('a second loss within a minute of the rebuild ends the run with advice', async () => {
    const { clock, survive, losses } = rule();
    // A rebuild that takes long does not count as quiet.
    await losses.survive(loss(), async () => {
      clock.ms = 70_000;
    });
    clock.ms = 129_999;
    await expect(survive()).rejects.toMatchObject({
      code: 'gpu.lost_again',
      advice: expect.stringContaining('GPU duty'),
    });
  });

  it('a loss while rebuilding is the second one', async () => {
    const { losses } = rule();
    const failing = losses.survive(loss(), async () => {
      throw loss();
    });
    await expect(failing).rejects.toMatchObject({ code: 'gpu.lost_again' });
  });

  it('other errors pass as they are', async () => {
    const { losses, rebuild, shares } = rule();
    const error = new CodedError('gpu.oom', 'out of memory', 'less');
    await expect(losses.survive(error, rebuild)).rejects.toBe(error);
    expect(shares).toEqual([]);
  });
});

/** @file Further seeds of a pair beside the run that is open: its device, document and judge, in the memory it leaves. */
import { checkTwinMemory, type MemoryRoom, memoryRoom } from '../src/run/memory';
import { Session } from '../src/run/session';
import type { RunConfig } from '../src/run/settings';
import { openTwin } from '../src/run/twin';
import { startOf } from './run-start';
import type { SeedPlace } from './seed-pairs';

export { trainSeedPairs } from './seed-pairs';

/** @param current whose device, document, judge and kernels the pair has. @param open all that keep their memory. */
export function pairOpener(
  current: Session,
  open: readonly Session[],
): Pick<SeedPlace<Session>, 'open' | 'twin'> {
  const { gpu } = current.policy;
  const taken = open.reduce((sum, { memory }) => sum + memory.bytes, 0);
  const roomOf = (config: RunConfig): MemoryRoom => {
    const room = memoryRoom(config, gpu);
    return { ...room, budgetBytes: room.budgetBytes - taken };
  };
  return {
    async open(config, other) {
      const checkpoint = await startOf(config);
      const spare = checkTwinMemory(config, other, checkpoint.config, roomOf(config));
      return Session.open({
        config,
        spare,
        document: current.document,
        checkpoint,
        gpu,
        kernels: current.kernels,
        judge: current.judge,
        behaviours: current.begun.behaviours,
      });
    },
    twin: (first, config) => openTwin(first, config, roomOf(config)),
  };
}

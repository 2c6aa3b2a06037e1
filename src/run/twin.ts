/**
 * @file Twin runs: two sessions in lock-step on one device, from the same weights, with the same questions and the same
 * noise, so that what differs between them comes from the settings that differ.
 *
 * Noise is keyed by seed, step, prompt, sample and position, and questions by their index, so nothing has to be shared but
 * the start. Where dynamic sampling drops other groups in one of them, their questions part from there on.
 */
import type { StepRecord } from '../rl/types';
import { checkTwinMemory, type MemoryRoom, memoryRoom } from './memory';
import { Session } from './session';
import type { RunConfig } from './settings';

/**
 * Opens a twin of `first` at the step where it stands: same weights, moments, random state, pool and document.
 * @param config with the settings that differ.
 * @param room what both together may take.
 * @throws CodedError `config.memory` where both together do not fit; what Session.open throws.
 */
export async function openTwin(first: Session, config: RunConfig, room = roomOf(first)): Promise<Session> {
  const checkpoint = await first.checkpoint();
  const { gpu } = first.policy;
  const spare = checkTwinMemory(first.config, config, checkpoint.config, room);
  first.spend(spare);
  return Session.open({
    // Judge and phrases are the same for both.
    ...first.begun,
    config,
    spare,
    document: first.document,
    checkpoint,
    gpu,
    kernels: first.kernels,
    judge: first.judge,
    resume: true,
    hooks: undefined,
    progress: undefined,
    // A lost device ends the pair: both have their checkpoints.
    recovery: undefined,
  });
}

function roomOf({ config, policy }: Session): MemoryRoom {
  return memoryRoom(config, policy.gpu);
}

/** The part of a session that taking turns needs. */
export type Stepping = Pick<Session, 'stepsDone' | 'step'> & { policy: Pick<Session['policy'], 'idle'> };

/**
 * One step of each, the one behind first: after a pause in the middle they are level again.
 * @param onStep hears of each step before the other run begins its own.
 */
export async function lockStep<T extends Stepping>(
  pair: readonly [a: T, b: T],
  onStep: (record: StepRecord, session: T) => Promise<void>,
): Promise<void> {
  const target = Math.min(...pair.map(({ stepsDone }) => stepsDone)) + 1;
  for (const session of pair) {
    if (session.stepsDone >= target) continue;
    const record = await session.step();
    // Each has a queue of its own: what one has recorded must be on the GPU before the other records.
    await session.policy.idle();
    await onStep(record, session);
  }
}

/** @file From what a person asked for to a session that can train: checkpoint, kernels, and what its folder says of it. */
import type { CodedError } from '../src/errors';
import type { Gpu } from '../src/gpu';
import type { StepInFlight } from '../src/run/failed-step';
import { adapterClass } from '../src/run/folder';
import { chooseKernels } from '../src/run/kernel-choice';
import type { Recovery } from '../src/run/recovery';
import { decodesPacked } from '../src/run/rollout-weights';
import { runName } from '../src/run/run-names';
import { Session } from '../src/run/session';
import { groupView } from '../src/run/step-view';
import type { AnswerStream } from './answer-stream';
import { pageCache } from './page-cache';
import type { EventBody, OpenOptions } from './protocol';
import type { RunDisk } from './run-disk';
import type { RunKeeper } from './run-keeper';
import { chooseStart } from './run-start';

declare const __APP_VERSION__: string;
declare const __COMMIT__: string;

interface Place {
  gpu: Gpu;
  /** Of the run; it holds the folder of one that goes on. */
  keeper: RunKeeper;
  disk: RunDisk | null;
  recovery: Recovery;
  emit(event: EventBody): void;
  notice(notice: CodedError): void;
  /** Hears what each step has so far. */
  flight: StepInFlight;
  /** Sees the answers of each step grow. */
  stream: AnswerStream;
  /** The step stops before its next part. */
  stops(): boolean;
  /** A part of a step begins, and waits for this. */
  onPart(part: string): Promise<void>;
  /** The first update of a run comes: the policy is still what it began as. The update waits for this. */
  onBaseline(session: Session): Promise<void>;
}

/** @throws CodedError `config.*`, `checkpoint.*`, `store.*`, `gpu.*`, `run.document`; TaskError. */
export async function openSession(options: OpenOptions, place: Place) {
  const { gpu, keeper, disk, recovery, emit } = place;
  emit({ type: 'opening', message: 'checkpoint', ready: 0, total: 1 });
  const start = await chooseStart(options, { folder: keeper.folder, disk, software: gpu.adapter.software });
  const { config, document, checkpoint, resume, past } = start;
  const { kernels, from, notices } = await chooseKernels(gpu, {
    written: start.kernels,
    cache: pageCache(),
    packed: decodesPacked(config),
    // A person waits.
    race: 'later',
  });
  notices.forEach(place.notice);
  let stepsDone = () => 0;
  let isFresh = false;
  const session = await Session.open({
    config,
    kernels,
    document,
    checkpoint,
    gpu,
    resume,
    recovery,
    progress: (ready, total) => emit({ type: 'opening', message: 'kernels', ready, total }),
    hooks: {
      onPhase: async (progress) => {
        const step = stepsDone() + 1;
        const { phase, round } = progress;
        place.flight.begin(step, phase, round);
        emit({ type: 'phase', step, ...progress });
        await place.onPart(`${step} ${phase}`);
        // Steps without an informative group leave the weights as they began.
        if (!isFresh || phase !== 'update' || round > 0) return;
        await place.onBaseline(session);
        emit({ type: 'phase', step, ...progress });
      },
      watch: (uid, item) =>
        place.stream.watch(uid, item, {
          step: stepsDone() + 1,
          decode: (tokens) => session.tokenizer.decode(tokens),
          emit,
          stops: place.stops(),
        }),
      onGroups: (groups) => {
        const step = stepsDone() + 1;
        place.flight.scored(groups);
        const views = groups.map((group) => groupView(group, step, session.tokenizer));
        emit({ type: 'groups', step, groups: views });
      },
    },
  });
  stepsDone = () => session.stepsDone;
  isFresh = session.stepsDone === 0;
  keeper.describe({
    appVersion: __APP_VERSION__,
    commit: __COMMIT__,
    adapterClass: adapterClass(gpu.adapter),
    documentId: document.id,
    documentTitle: document.title,
    kernels,
    name: options.name ?? runName(options.runId),
    ...(past && { forkedFrom: past.origin }),
  });
  return { session, past, kernelsFrom: from };
}

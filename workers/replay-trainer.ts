/**
 * @file A recorded run in the trainer's place: the same calls, and no GPU. What only training can do is refused in a
 * sentence, told as the trainer tells its own.
 */
import { notLoadedJudge } from '../src/reward/judge';
import { readFailedStep } from '../src/run/failed-step';
import { shownRows } from '../src/run/rollout-rows';
import { allFiles } from '../src/run/store';
import type { EventBody, ReplayApi, TrainerEvent } from './protocol';
import { Replay, type ReplayPlace } from './replay';

const trainAdvice = 'Train a run of your own to do that.';

export function replayTrainer(place: ReplayPlace): ReplayApi {
  let listener: (event: TrainerEvent) => void = () => {};
  let runId = '';
  const tell = (event: EventBody) => listener({ runId, ...event } as TrainerEvent);
  const replay = new Replay(place, tell);
  const refuse = (code: string, message: string) =>
    tell({ type: 'error', code, message, advice: trainAdvice });
  return {
    async open(options, onEvent) {
      await replay.close();
      listener = onEvent;
      runId = options.runId;
      await replay.open(options);
    },
    start: async () => replay.play(),
    pause: () => replay.pause(),
    stepOnce: () => replay.step(),
    // What a recording holds of a step is the whole of it.
    stepPart: () => replay.step(),
    estimate: async () => null,
    seek: (step) => replay.seek(step),
    setPace: async (ms) => replay.setPace(ms),
    async reset(nextRunId) {
      await replay.pause();
      runId = nextRunId;
      await replay.seek(0);
    },
    change: async () =>
      refuse('config.recorded', 'This run is recorded: its settings stay as they were when it was trained.'),
    replaceDocument: async () =>
      refuse('document.recorded', 'A recorded run reads the text it was trained on.'),
    async twin() {
      refuse('replay.twin', 'A recorded run cannot train a twin.');
      return false;
    },
    async seedPairs() {
      refuse('replay.seeds', 'A recorded run has no policy at hand to train further seeds with.');
      return null;
    },
    async evaluateSuites() {
      refuse('evaluation.recorded', 'A recorded run has no policy at hand that could be asked.');
      return null;
    },
    async ablate() {
      refuse('replay.ablation', 'A recorded run has no policy at hand to train a grid with.');
      return null;
    },
    async attention() {
      refuse('attention.recorded', 'A recorded run has no policy at hand whose attention could be computed.');
      return null;
    },
    async nextToken() {
      refuse(
        'answer.recorded',
        'A recorded run has no policy at hand that could say what else it might have written.',
      );
      return null;
    },
    untwin: async () => {},
    setHidden: async () => {},
    setStreaming: async () => {},
    setJudge: async () => {},
    askJudge: (requests) => notLoadedJudge().judge(requests),
    rollouts: async (step) => shownRows((await replay.recording?.rollouts(step)) ?? []),
    failedStep: async () => replay.recording && readFailedStep(replay.recording.folder.store),
    files: async () => (replay.recording ? allFiles(replay.recording.folder.store) : []),
    close: () => replay.close(),
  };
}

/** @file Words of recorded runs: what they are, what still works on them, and what does not. */

/** Where a sentence of what cannot be done ends. */
const train = 'Train a run of your own to do that.';

export const replayStrings = {
  region: 'Recorded run',
  badge: 'REPLAY',
  label: 'Recorded run – not training.',
  made: {
    on: (adapter: string) => `recorded on ${adapter}`,
    onUnknown: 'recorded on an unknown adapter',
    date: (day: string) => day,
    commit: (commit: string) => `commit ${commit.slice(0, 7)}`,
    settings: (preset: string, seed: number) => `preset ${preset}, seed ${seed}`,
  },
  software: 'SOFTWARE',
  softwareTitle: 'A processor stood in for the GPU when this was recorded: correct, slow.',
  step: 'Step of the recording',
  stepOf: (step: number, last: number) => `${step} of ${last}`,
  pace: 'Pace of the replay',
  paceTitle: 'How fast recorded steps follow each other; training took its own time',
  paces: { slow: 'slow', normal: 'normal', fast: 'fast' },
  leave: 'Train here instead',
  watch: 'Watch a recorded run',
  watchStored: 'Replay',
  watchStoredTitle: 'Plays this run step by step as it was trained; nothing trains',
  transport: {
    label: 'Replay',
    play: 'Play',
    reset: 'To start',
  },
  state: {
    ready: 'At the beginning',
    playing: (step: number, last: number) => `Playing step ${step} of ${last}`,
    ended: (step: number) => `End of the recording, step ${step}`,
  },
  wait: {
    play: 'Play the recorded run',
    why: 'A run that was really trained, with every answer and every token’s numbers. All views and both clip sliders work on it.',
    motion: 'Your system asks for reduced motion, so it waits for you.',
  },
  noTokens: (step: number) =>
    `The tokens of step ${step} were not recorded: its curves and its answers under Rollouts are all there is.`,
  noTraining: 'No training here',
  recorded: {
    message: (setting: string) => `“${setting}” acts on training, and this run is recorded.`,
    advice: 'The clip bounds and the form of the objective can be changed: recorded tokens follow at once.',
  },
  settings:
    'This run is recorded. What only changes how its tokens are seen can be set; the rest shows what it was trained with.',
  heat: `Held-out questions need the policy’s weights, which a recording does not hold. ${train}`,
  judge: 'The judge acts on training, and this run is recorded',
  twin: `A recorded run cannot train a twin. ${train}`,
  noAttention: 'not in a recording',
  attention: 'A recorded run has no policy at hand whose attention could be computed',
  nextToken:
    'A recorded run has no policy at hand that could say what else it might have written; it holds the log-probs of the written tokens alone',
  document: 'A recorded run reads the text it was trained on',
  memory: 'A recording takes no GPU memory.',
  advice: 'What would help, in training:',
  untrainable: 'No GPU here to train on',
  exports: (day: string) => `REPLAY of ${day}`,
};

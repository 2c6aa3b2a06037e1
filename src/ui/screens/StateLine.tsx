/** @file One line on what is happening now, from the engine's own events; the way on where it rests. */
import type { RecordingView } from '../../../workers/protocol';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { openingWords } from '../panels/opening-words';
import { start } from '../state/commands';
import type { UiState } from '../state/model';
import { setUi, useUi } from '../state/store';
import { strings } from '../strings';
import { replayStrings } from '../strings-replay';
import styles from './bars.module.css';

const words = strings.state;

export function StateLine() {
  const line = useUi(lineOf);
  const held = useUi((state) => (state.state === 'paused' ? state.held : null));
  return (
    <span className={styles.state} data-testid="state-line" data-held={held ?? undefined} title={line}>
      <span className={styles.stateWords}>{held ? strings.held[held] : line}</span>
      {held === 'budget' && <Button onClick={start}>{strings.held.continue}</Button>}
      {held === 'hidden' && (
        <Button
          onClick={() => {
            setUi({ trainHidden: true });
            start();
          }}
        >
          {strings.held.keepHidden}
        </Button>
      )}
    </span>
  );
}

function lineOf(state: UiState): string {
  if (state.importing) return words.importing(state.importing);
  if (state.recording) return replayLine(state, state.recording);
  switch (state.state) {
    case 'none':
      return state.problems.some(({ severity }) => severity === 'fatal') ? words.none : strings.opening.probe;
    case 'opening':
      return openingWords(state.opening);
    case 'ready':
      return words.ready;
    case 'paused':
      return state.reason === 'part' && state.phase
        ? words.part(state.phase.step, words.parts[state.phase.phase])
        : words.paused(state.step);
    case 'failed':
      return state.step === 0 ? words.closed : words.failed(state.step);
    case 'running':
      return state.phase ? words.at(state.phase.step, phaseWords(state)) : words.starting;
    default:
      return state.state satisfies never;
  }
}

function replayLine({ state, step, reason }: UiState, { lastStep }: RecordingView): string {
  const { ready, playing, ended } = replayStrings.state;
  if (state === 'ready') return ready;
  if (state === 'running') return playing(step, lastStep);
  return reason === null ? words.paused(step) : ended(step);
}

function phaseWords({ phase, history, config }: UiState): string {
  if (!phase) return '';
  const time = history.at(-1)?.metrics['perf/time_per_step'];
  const pace = time === undefined ? '' : ` · ${words.pace(fixed(time, time < 10 ? 1 : 0))}`;
  switch (phase.phase) {
    case 'rollout':
      return phase.round > 1
        ? words.again(
            phase.round,
            config['filter_groups.max_num_gen_batches'],
            phase.kept,
            phase.wanted,
            fixed(phase.spentMs / 1000, 1),
          )
        : words.rollout + pace;
    case 'score':
      return words.score + pace;
    case 'update':
      return words.update(phase.kept) + pace;
    case 'evaluate':
      return words.evaluate(phase.wanted);
    default:
      return phase.phase satisfies never;
  }
}

/** @file The clip bounds: plot, sliders and numbers of one value each; measured shares beside predicted ones. */
import { useDeferredValue, useMemo } from 'react';
import { updatesPerBatch } from '../../run/config';
import { fixed, percent } from '../format';
import { Button } from '../kit/Button';
import { change } from '../state/commands';
import { isUpdated, updateOf } from '../state/groups';
import { tick } from '../state/hints';
import { rowOf } from '../state/history';
import { effectiveConfig, shownGroup } from '../state/model';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { imaginedGroups } from '../state/what-if';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { useShownObjective } from './answer-terms';
import { ClipBounds } from './ClipBounds';
import { ClipPlot } from './ClipPlot';
import styles from './clip.module.css';
import { axesFor, points } from './clip-geometry';
import { predictClip, storedTokens } from './clip-prediction';
import panel from './panel.module.css';
import { useSettled } from './settled';

const words = strings.clip;
const sensibleUpdates = 4;
const setLow = (clip_ratio_low: number) => change({ clip_ratio_low });
const setHigh = (clip_ratio_high: number) => {
  change({ clip_ratio_high });
  tick('clip');
};

export function ClipPanel() {
  const objective = useShownObjective();
  const inactive = useUi((state) => updatesPerBatch(effectiveConfig(state)) === 1);
  const epochs = useUi((state) => state.config.ppo_epochs);
  // Tokens take their colours first; dots and shares follow when the browser has time.
  const groups = useSettled(imaginedGroups);
  const settled = useDeferredValue(objective);
  const imagined = useSettled((state) => state.whatIf !== null);
  const shown = useUi(shownGroup);
  const history = useUi((state) => state.history);
  const updatesByStep = useUi((state) => state.updates);

  // The step of the shown group where its update is known, else the newest one that has been learned from.
  const step = shown && isUpdated(shown) ? shown.step : (groups.find(isUpdated)?.step ?? 0);
  const updates = updatesByStep[step] ?? 0;
  const update = shown?.step === step ? updateOf(shown) : updates;
  const shownUid = shown?.uid ?? null;
  const stored = useMemo(() => storedTokens(groups, step, shownUid), [groups, step, shownUid]);
  const predicted = useMemo(() => predictClip(stored, settled), [stored, settled]);
  const dots = useMemo(() => points(stored, update, settled), [stored, update, settled]);
  const axes = useMemo(() => axesFor(objective), [objective]);
  const measured = rowOf(history, step)?.metrics;
  const { clipRatioLow: low, clipRatioHigh: high, lossMode } = objective;
  const shares = { low: percent(predicted.low), high: percent(predicted.high) };
  const count =
    lossMode === 'gspo'
      ? playWords.clip.answers(update, updates, dots.length)
      : words.dots(update, updates, dots.length);

  const part =
    stored.tokens < stored.total
      ? playWords.clip.part(stored.tokens, stored.total, step)
      : words.onTokens(stored.tokens, step);
  const onWhat = stored.tokens > 0 ? `${part}${epochs > 1 ? `, ${playWords.clip.lastUpdate}` : ''}` : '';

  return (
    <section
      className={panel.panel}
      aria-labelledby="clip-title"
      data-testid="clip-panel"
      data-what-if={imagined || undefined}
    >
      <div className={panel.head}>
        <h2 id="clip-title">{playWords.clip.title[lossMode]}</h2>
        <span className={styles.note}>{stored.tokens > 0 ? count : words.none}</span>
        {imagined && <span className={panel.flag}>{playWords.whatIf.label}</span>}
      </div>
      <div className={styles.body}>
        <ClipPlot
          points={dots}
          axes={axes}
          objective={objective}
          sentence={words.sentence(fixed(low), fixed(high), shares.low, shares.high)}
          onLow={setLow}
          onHigh={setHigh}
        />
        {inactive && <Inactive />}
      </div>
      <div className={styles.body}>
        <ClipBounds objective={objective} shares={predicted} onLow={setLow} onHigh={setHigh} />
        {lossMode !== 'sapo' && (
          <table className={`data ${styles.readout}`} data-testid="clip-readout">
            <thead>
              <tr>
                <th scope="col" title={words.predictedTitle(predicted.tokens, step)}>
                  {onWhat || <span className="unseen">{words.none}</span>}
                </th>
                <th scope="col">{words.measured}</th>
                <th scope="col" title={words.predictedTitle(predicted.tokens, step)}>
                  {words.predicted}
                </th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">{words.clippedLow}</th>
                <td>{percent(measured?.['actor/pg_clipfrac_low'])}</td>
                <td data-testid="predicted-low">{shares.low}</td>
              </tr>
              <tr>
                <th scope="row">{words.clippedHigh}</th>
                <td>{percent(measured?.['actor/pg_clipfrac_high'])}</td>
                <td data-testid="predicted-high">{shares.high}</td>
              </tr>
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function Inactive() {
  const batch = useUi((state) => effectiveConfig(state).train_batch_size);
  const replay = useUi(isReplay);
  const updates = batch % sensibleUpdates === 0 ? sensibleUpdates : batch;
  return (
    <div className={styles.cover} data-testid="clip-inactive">
      <p>{words.inactive}</p>
      {updates > 1 && !replay && (
        <Button onClick={() => change({ mini_batch_size: batch / updates })}>{words.raise(updates)}</Button>
      )}
    </div>
  );
}

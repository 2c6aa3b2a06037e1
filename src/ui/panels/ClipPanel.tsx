/** @file The two clip bounds: plot, sliders and numbers of one value each; measured shares beside predicted ones. */
import { useMemo } from 'react';
import { updatesPerBatch } from '../../run/config';
import { fixed, percent } from '../format';
import { Button } from '../kit/Button';
import { NumberField } from '../kit/NumberField';
import { Slider } from '../kit/Slider';
import { change } from '../state/commands';
import { isUpdated, updateOf } from '../state/groups';
import { rowOf } from '../state/history';
import { effectiveConfig, shownGroup } from '../state/model';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { ClipPlot } from './ClipPlot';
import styles from './clip.module.css';
import { predictClip, storedTokens } from './clip-prediction';
import panel from './panel.module.css';

const words = strings.clip;
const sensibleUpdates = 4;
const setLow = (clip_ratio_low: number) => change({ clip_ratio_low });
const setHigh = (clip_ratio_high: number) => change({ clip_ratio_high });

export function ClipPanel() {
  const low = useUi((state) => effectiveConfig(state).clip_ratio_low);
  const high = useUi((state) => effectiveConfig(state).clip_ratio_high);
  const c = useUi((state) => effectiveConfig(state).clip_ratio_c);
  const inactive = useUi((state) => updatesPerBatch(effectiveConfig(state)) === 1);
  const groups = useUi((state) => state.groups);
  const shown = useUi(shownGroup);
  const history = useUi((state) => state.history);
  const updatesByStep = useUi((state) => state.updates);

  // The step of the shown group where its update is known, else the newest one that has been learned from.
  const step = shown && isUpdated(shown) ? shown.step : (groups.find(isUpdated)?.step ?? 0);
  const updates = updatesByStep[step] ?? 0;
  const update = shown?.step === step ? updateOf(shown) : updates;
  const stored = useMemo(() => storedTokens(groups, step), [groups, step]);
  const bounds = useMemo(() => ({ clipRatioLow: low, clipRatioHigh: high, clipRatioC: c }), [low, high, c]);
  const predicted = useMemo(() => predictClip(stored, bounds), [stored, bounds]);
  const measured = rowOf(history, step)?.metrics;
  const shownTokens = useMemo(
    () => stored.updates.reduce((n, value) => n + Number(value === update), 0),
    [stored, update],
  );
  const sentence = words.sentence(fixed(low), fixed(high), percent(predicted.low), percent(predicted.high));

  return (
    <section className={panel.panel} aria-labelledby="clip-title" data-testid="clip-panel">
      <div className={panel.head}>
        <h2 id="clip-title">{words.title}</h2>
        <span className={styles.note}>
          {shownTokens > 0 ? words.dots(update, updates, shownTokens) : words.none}
        </span>
      </div>
      <div className={styles.body}>
        <ClipPlot
          stored={stored}
          update={update}
          bounds={bounds}
          sentence={sentence}
          onLow={setLow}
          onHigh={setHigh}
        />
        {inactive && <Inactive />}
      </div>
      <div className={styles.body}>
        <Bound
          name={words.low}
          label={words.lowLong}
          value={low}
          share={predicted.low}
          testId="clip-low"
          onChange={setLow}
        />
        <Bound
          name={words.high}
          label={words.highLong}
          value={high}
          share={predicted.high}
          testId="clip-high"
          onChange={setHigh}
        />
        <table className={`data ${styles.readout}`} data-testid="clip-readout">
          <thead>
            <tr>
              <th scope="col">
                <span className="unseen">{words.title}</span>
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
              <td data-testid="predicted-low">{percent(predicted.low)}</td>
            </tr>
            <tr>
              <th scope="row">{words.clippedHigh}</th>
              <td>{percent(measured?.['actor/pg_clipfrac_high'])}</td>
              <td data-testid="predicted-high">{percent(predicted.high)}</td>
            </tr>
          </tbody>
        </table>
        {predicted.tokens > 0 && (
          <p className={styles.note} title={words.predictedTitle(predicted.tokens, step)}>
            {words.predicted} {words.onTokens(predicted.tokens, step)}
          </p>
        )}
      </div>
    </section>
  );
}

function Inactive() {
  const batch = useUi((state) => effectiveConfig(state).train_batch_size);
  const updates = batch % sensibleUpdates === 0 ? sensibleUpdates : batch;
  return (
    <div className={styles.cover} data-testid="clip-inactive">
      <p>{words.inactive}</p>
      {updates > 1 && (
        <Button onClick={() => change({ mini_batch_size: batch / updates })}>{words.raise(updates)}</Button>
      )}
    </div>
  );
}

interface BoundProps {
  name: string;
  label: string;
  value: number;
  share: number;
  testId: string;
  onChange(value: number): void;
}

function Bound({ name, label, value, share, testId, onChange }: BoundProps) {
  return (
    <div className={styles.control}>
      <span className={styles.label} aria-hidden="true">
        {name}
      </span>
      <Slider
        label={label}
        value={value}
        min={0}
        max={1}
        step={0.01}
        valueText={words.valueText(fixed(value), percent(share))}
        testId={testId}
        onChange={onChange}
      />
      <NumberField
        label={label}
        value={value}
        min={0}
        max={1}
        step={0.01}
        testId={`${testId}-number`}
        onCommit={onChange}
      />
    </div>
  );
}

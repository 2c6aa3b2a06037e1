/** @file What only a new run can take: preset and seed; and the question asked before the present run ends. */

import { settingOf } from '../../run/config';
import { type PresetName, presets } from '../../run/presets';
import { Button } from '../kit/Button';
import { Confirm } from '../kit/Confirm';
import kit from '../kit/kit.module.css';
import { NumberField } from '../kit/NumberField';
import { download } from '../state/commands';
import { answer, askPreset, askSeed, useAsked } from '../state/new-run';
import { useUi } from '../state/store';
import { strings } from '../strings';
import styles from './bars.module.css';

const seedSetting = settingOf('seed');
const maxSeed = seedSetting.kind === 'integer' ? seedSetting.max : Number.MAX_SAFE_INTEGER;

export function NewRunFields() {
  const preset = useUi((state) => state.config.preset);
  const seed = useUi((state) => state.config.seed);
  const disabled = useUi((state) => state.state === 'none' || state.state === 'opening');
  const words = strings.transport;
  return (
    <div className={styles.group}>
      <select
        className={`${kit.select} ${styles.preset}`}
        aria-label={words.preset}
        title={words.preset}
        value={preset}
        disabled={disabled}
        data-testid="preset-select"
        data-part="preset"
        onChange={(event) => askPreset(event.target.value as PresetName)}
      >
        {Object.keys(presets).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <span className={styles.field} data-part="seed">
        <span aria-hidden="true">{words.seed}</span>
        <NumberField
          label={words.seed}
          value={seed}
          min={0}
          max={maxSeed}
          step={1}
          testId="seed"
          onCommit={(next) => next >= 0 && next <= maxSeed && Number.isInteger(next) && askSeed(next)}
        />
      </span>
    </div>
  );
}

export function NewRunQuestion() {
  const asked = useAsked((state) => state.asked);
  const words = strings.newRun;
  if (!asked) return null;
  return (
    <Confirm
      title={words.title}
      text={asked.text}
      confirm={words.confirm}
      cancel={words.cancel}
      more={<Button onClick={download}>{words.download}</Button>}
      onConfirm={() => answer(true)}
      onCancel={() => answer(false)}
    />
  );
}

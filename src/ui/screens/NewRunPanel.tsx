/** @file What only a new run can take: its preset, in words, and its seed. */
import { settingOf } from '../../run/config';
import { type PresetName, presets } from '../../run/presets';
import kit from '../kit/kit.module.css';
import { NumberField } from '../kit/NumberField';
import { Popup, type PopupProps } from '../kit/Popup';
import { askPreset, askSeed } from '../state/new-run';
import { useUi } from '../state/store';
import { setupStrings } from '../strings-setup';
import styles from './bars.module.css';
import level from './level.module.css';

const words = setupStrings.setup;
const seedSetting = settingOf('seed');
const maxSeed = seedSetting.kind === 'integer' ? seedSetting.max : Number.MAX_SAFE_INTEGER;

export default function NewRunPanel({ anchor, onClose }: Pick<PopupProps, 'anchor' | 'onClose'>) {
  const { preset, seed, window_tokens, group_size } = useUi((state) => state.config);
  const disabled = useUi((state) => state.state === 'none' || state.state === 'opening');
  return (
    <Popup title={words.title} close={words.close} anchor={anchor} testId="setup-panel" onClose={onClose}>
      <label className={styles.field} data-part="preset">
        <span>{words.preset}</span>
        <select
          className={kit.select}
          value={preset}
          disabled={disabled}
          data-testid="preset-select"
          onChange={(event) => {
            onClose();
            askPreset(event.target.value as PresetName);
          }}
        >
          {Object.keys(presets).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <p className={level.note} data-part="preset">
        {words.presets[preset]} {words.scale(window_tokens, group_size)}
      </p>
      <span className={styles.field} data-part="seed">
        <span aria-hidden="true">{words.seed}</span>
        <NumberField
          label={words.seed}
          value={seed}
          min={0}
          max={maxSeed}
          step={1}
          testId="seed"
          onCommit={(next) => {
            if (next < 0 || next > maxSeed || !Number.isInteger(next)) return;
            onClose();
            askSeed(next);
          }}
        />
      </span>
      <p className={level.note}>{words.seedHelp}</p>
    </Popup>
  );
}

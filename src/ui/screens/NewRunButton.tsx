/** @file What only a new run can take, preset and seed, behind a button that names both; and the question before a run ends. */
import { Popover } from '@base-ui/react/popover';
import { ChevronDown, X } from 'lucide-react';
import { settingOf } from '../../run/config';
import { type PresetName, presets } from '../../run/presets';
import { Button } from '../kit/Button';
import { Confirm } from '../kit/Confirm';
import kit from '../kit/kit.module.css';
import { NumberField } from '../kit/NumberField';
import { download } from '../state/commands';
import { answer, askPreset, askSeed, useAsked } from '../state/new-run';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { strings } from '../strings';
import styles from './bars.module.css';
import level from './level.module.css';

const words = strings.setup;
const seedSetting = settingOf('seed');
const maxSeed = seedSetting.kind === 'integer' ? seedSetting.max : Number.MAX_SAFE_INTEGER;

export function NewRunButton() {
  const preset = useUi((state) => state.config.preset);
  const seed = useUi((state) => state.config.seed);
  const hidden = useView((state) => state.hidden);
  if (hidden.includes('preset') && hidden.includes('seed')) return null;
  return (
    <Popover.Root>
      <Popover.Trigger
        render={<Button className={styles.setup} title={words.button} data-testid="setup-button" />}
      >
        <span data-part="preset">{preset}</span>
        <span className={styles.seed} data-part="seed">
          {words.seedOf(seed)}
        </span>
        <ChevronDown size={14} aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={level.positioner} sideOffset={6} align="end">
          <Popover.Popup className={level.popup} data-testid="setup-panel">
            <div className={level.head}>
              <Popover.Title>{words.title}</Popover.Title>
              <Popover.Close render={<Button size="icon" look="quiet" aria-label={words.close} />}>
                <X size={16} aria-hidden="true" />
              </Popover.Close>
            </div>
            <Fields />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Fields() {
  const { preset, seed, window_tokens, group_size } = useUi((state) => state.config);
  const disabled = useUi((state) => state.state === 'none' || state.state === 'opening');
  return (
    <>
      <label className={styles.field} data-part="preset">
        <span>{words.preset}</span>
        <select
          className={kit.select}
          value={preset}
          disabled={disabled}
          data-testid="preset-select"
          onChange={(event) => askPreset(event.target.value as PresetName)}
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
          onCommit={(next) => next >= 0 && next <= maxSeed && Number.isInteger(next) && askSeed(next)}
        />
      </span>
      <p className={level.note}>{words.seedHelp}</p>
    </>
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

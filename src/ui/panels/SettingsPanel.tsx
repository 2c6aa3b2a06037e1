/** @file Live settings in a popover: the ones of the schema worth turning while a run goes on. */
import { Popover } from '@base-ui/react/popover';
import { SlidersHorizontal, X } from 'lucide-react';
import type { SettingKey } from '../../run/config';
import { updatesPerBatch } from '../../run/config';
import { presets } from '../../run/presets';
import { Button } from '../kit/Button';
import { change } from '../state/commands';
import { effectiveConfig } from '../state/model';
import { setUi, useUi } from '../state/store';
import { strings } from '../strings';
import { Frame, SettingControl } from './SettingControl';
import styles from './settings.module.css';

const words = strings.settings;
const maxUpdates = 8;

const shownSettings: SettingKey[] = [
  'clip_ratio_low',
  'clip_ratio_high',
  'clip_ratio_c',
  'lr',
  'temperature',
  'top_p',
  'group_size',
  'entropy_coeff',
  'kl_loss_coef',
  'norm_adv_by_std',
  'loss_agg_mode',
  'filter_groups.enable',
  'window_tokens',
];

export function SettingsPanel() {
  return (
    <Popover.Root>
      <Popover.Trigger render={<Button data-testid="settings-button" />}>
        <SlidersHorizontal size={14} aria-hidden="true" />
        {words.title}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} sideOffset={6} align="end">
          <Popover.Popup className={styles.popup} data-testid="settings-panel">
            <div className={styles.head}>
              <Popover.Title>{words.title}</Popover.Title>
              <Popover.Close render={<Button size="icon" look="quiet" aria-label={words.close} />}>
                <X size={16} aria-hidden="true" />
              </Popover.Close>
            </div>
            <UpdatesControl />
            {shownSettings.map((name) => (
              <SettingControl key={name} name={name} />
            ))}
            <HiddenTabControl />
            <MemoryLine />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Updates per batch is made of three settings; this one control sets the mini-batch. */
function UpdatesControl() {
  const updates = useUi((state) => updatesPerBatch(effectiveConfig(state)));
  const batch = useUi((state) => effectiveConfig(state).train_batch_size);
  const preset = useUi((state) => updatesPerBatch(presets[state.config.preset]));
  const choices = Array.from({ length: maxUpdates }, (_, i) => i + 1).filter((count) => batch % count === 0);
  const set = (count: number) => change({ mini_batch_size: batch / count, ppo_epochs: 1 });
  return (
    <Frame
      label={words.updates}
      effect="B"
      changed={updates !== preset}
      preset={String(preset)}
      help={words.updatesHelp}
      onReset={() => set(preset)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices. */}
      <div className={styles.options} role="group" aria-label={words.updates}>
        {choices.map((count) => (
          <Button
            key={count}
            aria-pressed={count === updates}
            look={count === updates ? 'primary' : 'plain'}
            onClick={() => set(count)}
          >
            {count}
          </Button>
        ))}
      </div>
    </Frame>
  );
}

/** Bytes of the run as planned; the parts in its title. */
function MemoryLine() {
  const memory = useUi((state) => state.memory);
  if (memory.length === 0) return null;
  const largestFirst = [...memory].sort((a, b) => b.bytes - a.bytes);
  return (
    <p
      className={`${styles.setting} ${styles.memory}`}
      data-testid="memory"
      title={largestFirst.map(({ part, bytes }) => words.memoryPart(part, bytes)).join('\n')}
    >
      {words.memory(memory.reduce((sum, { bytes }) => sum + bytes, 0))}
    </p>
  );
}

function HiddenTabControl() {
  const trainHidden = useUi((state) => state.trainHidden);
  return (
    <label className={`${styles.setting} ${styles.title}`}>
      <input
        type="checkbox"
        className={styles.check}
        checked={trainHidden}
        onChange={(event) => setUi({ trainHidden: event.target.checked })}
      />
      {words.hiddenTab}
    </label>
  );
}

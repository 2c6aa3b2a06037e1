/** @file One setting as a control, made from its descriptor: slider and number, switch or choice, with help and class. */
import { CircleHelp, RotateCcw } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { rangeWords, type SettingKey, type SettingValue, sameValue, settingOf } from '../../run/config';
import { presets } from '../../run/presets';
import type { ChoicesSetting, EffectClass, NumberSetting, Setting } from '../../run/setting-types';
import { compact } from '../format';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { NumberField } from '../kit/NumberField';
import { Slider } from '../kit/Slider';
import { TextField } from '../kit/TextField';
import { change } from '../state/commands';
import { effectiveConfig } from '../state/model';
import { askSetting } from '../state/new-run';
import { isReplay, isSeen } from '../state/replay';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { GroupForecast } from './GroupForecast';
import { NextTokenForecast } from './NextTokenForecast';
import { OverlongRamp } from './OverlongRamp';
import styles from './settings.module.css';

const words = strings.settings;

export function SettingControl({ name }: { name: SettingKey }) {
  const value = useUi((state) => effectiveConfig(state)[name]);
  const preset = useUi((state) => presets[state.config.preset][name]);
  const setting: Setting = settingOf(name);
  // Of a recorded run only what is seen on its tokens can be set.
  const fixed = useUi(isReplay) && !isSeen(name);
  // What needs a new run is asked about first.
  const set = (next: SettingValue) =>
    setting.effect === 'F' ? askSetting(name, next) : change({ [name]: next });
  const { definition, formula, paper } = setting.help;
  return (
    <Frame
      label={setting.label}
      name={name}
      effect={setting.effect}
      changed={!sameValue(value, preset) && !fixed}
      preset={shown(preset)}
      onReset={() => set(preset)}
      help={
        <>
          {definition} {formula && <code className="data">{formula}</code>}
          <br />
          {words.paper}: {paper}. {words.here}: {shown(preset)} ({rangeWords(setting)}).
        </>
      }
    >
      {fixed ? (
        <output className="data" aria-label={setting.label}>
          {shown(value)}
        </output>
      ) : (
        <Control setting={setting} value={value} onChange={set} />
      )}
      {(name === 'temperature' || name === 'top_p') && <NextTokenForecast />}
      {name === 'group_size' && <GroupForecast />}
      {name === 'overlong_buffer.len' && <OverlongRamp />}
    </Frame>
  );
}

interface FrameProps {
  label: string;
  /** The setting's name in files and links. */
  name?: string;
  effect: EffectClass;
  changed: boolean;
  preset: string;
  help: ReactNode;
  children: ReactNode;
  onReset(): void;
}

/** Label, class badge, help on request and the way back, around any control. */
export function Frame({ label, name, effect, changed, preset, help, children, onReset }: FrameProps) {
  const [helped, setHelped] = useState(false);
  // On a recorded run nothing takes effect in training.
  const replay = useUi(isReplay);
  const id = useId();
  return (
    <div className={styles.setting} data-setting={name}>
      <div className={styles.title}>
        <span className={styles.name}>
          {label} {name && <code className={styles.key}>{name}</code>}
        </span>
        {!replay && (
          <span className={styles.badge} title={words.effectTitles[effect]}>
            {words.effects[effect]}
          </span>
        )}
        {changed && (
          <Button
            size="icon"
            look="quiet"
            aria-label={words.toPreset(preset)}
            title={words.toPreset(preset)}
            onClick={onReset}
          >
            <RotateCcw size={14} aria-hidden="true" />
          </Button>
        )}
        <Button
          size="icon"
          look="quiet"
          aria-label={words.help(label)}
          aria-expanded={helped}
          aria-controls={id}
          onClick={() => setHelped(!helped)}
        >
          <CircleHelp size={14} aria-hidden="true" />
        </Button>
      </div>
      {children}
      <p id={id} className={styles.help} hidden={!helped}>
        {help}
      </p>
    </div>
  );
}

interface ControlProps {
  setting: Setting;
  value: SettingValue;
  onChange(value: SettingValue): void;
}

function Control({ setting, value, onChange }: ControlProps) {
  switch (setting.kind) {
    case 'number':
    case 'integer':
      return <NumberControl setting={setting} value={Number(value)} onChange={onChange} />;
    case 'boolean':
      return (
        <input
          type="checkbox"
          className={styles.check}
          aria-label={setting.label}
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case 'choice':
      return (
        <select
          className={kit.select}
          aria-label={setting.label}
          value={String(value)}
          onChange={(event) => onChange(event.target.value as SettingValue)}
        >
          {setting.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    case 'choices':
      return <ChoicesControl setting={setting} value={value as readonly string[]} onChange={onChange} />;
    case 'string':
    case 'stages':
      return (
        <div className={styles.control}>
          <TextField label={setting.label} value={String(value)} onCommit={onChange} />
        </div>
      );
    default:
      return setting satisfies never;
  }
}

interface NumberControlProps {
  setting: NumberSetting;
  value: number;
  onChange(value: number): void;
}

function NumberControl({ setting, value, onChange }: NumberControlProps) {
  const usual = useUi((state) => presets[state.config.preset][setting.key as SettingKey]);
  const { label, min, max, step, scale, off, unit } = setting;
  // A value that would end the run is asked about once, when the thumb is let go.
  const waits = setting.effect === 'F';
  const [moved, setMoved] = useState<number | null>(null);
  const shownValue = moved ?? value;
  const isOff = off !== undefined && shownValue === off;
  const whole = (next: number) => (setting.kind === 'integer' ? Math.round(next) : next);
  const isLog = scale === 'log';
  // Switched on again it takes the preset's value, or its smallest where the preset has it off.
  const on = typeof usual === 'number' && usual !== off ? usual : min;
  return (
    <div className={styles.control}>
      <Slider
        label={label}
        value={shownValue}
        min={min}
        max={max}
        step={isLog ? 1 : step}
        log={isLog}
        valueText={isOff ? words.off : `${compact(shownValue)} ${unit}`.trim()}
        onChange={(next) => (waits ? setMoved(whole(next)) : onChange(whole(next)))}
        onCommit={(next) => {
          setMoved(null);
          if (waits && whole(next) !== value) onChange(whole(next));
        }}
      />
      <NumberField
        label={label}
        value={shownValue}
        min={Math.min(min, off ?? min)}
        max={max}
        step={isLog ? min : step}
        onCommit={onChange}
      />
      {unit && <span className={styles.unit}>{unit}</span>}
      {off !== undefined && (
        <Button aria-pressed={isOff} onClick={() => onChange(isOff ? on : off)}>
          {words.off}
        </Button>
      )}
    </div>
  );
}

interface ChoicesControlProps {
  setting: ChoicesSetting;
  value: readonly string[];
  onChange(value: SettingValue): void;
}

/** One box an option; the last one that is checked stays. */
function ChoicesControl({ setting, value, onChange }: ChoicesControlProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices.
    <div className={styles.options} role="group" aria-label={setting.label}>
      {setting.options.map((option) => {
        const isOn = value.includes(option);
        const next = setting.options.filter((other) => (other === option ? !isOn : value.includes(other)));
        return (
          <label key={option} className={styles.option}>
            <input
              type="checkbox"
              className={styles.check}
              checked={isOn}
              disabled={isOn && value.length === 1}
              onChange={() => onChange(next as SettingValue)}
            />
            {option}
          </label>
        );
      })}
    </div>
  );
}

function shown(value: SettingValue): string {
  if (typeof value === 'number') return compact(value);
  if (typeof value === 'boolean') return value ? words.on : words.off;
  return Array.isArray(value) ? value.join(', ') : String(value);
}

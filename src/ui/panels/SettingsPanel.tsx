/** @file Every setting of the run: by section, to be searched, with the way back. */
import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { type SettingKey, sameValue, settingOf, settings, updatesPerBatch } from '../../run/config';
import { presets } from '../../run/presets';
import type { Section } from '../../run/setting-types';
import { Button } from '../kit/Button';
import { Popup, type PopupProps } from '../kit/Popup';
import { change, undo } from '../state/commands';
import { effectiveConfig } from '../state/model';
import { isReplay } from '../state/replay';
import { setUi, useUi } from '../state/store';
import { setWindows, useWindows } from '../state/windows';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { replayStrings } from '../strings-replay';
import { Frame, SettingControl } from './SettingControl';
import styles from './settings.module.css';

const words = strings.settings;
const more = playWords.settings;
const maxUpdates = 8;

/** Sections in the order of use: what shapes the update first, what makes a new run last. */
const sections = Object.keys(more.sections) as Section[];

export default function SettingsPanel({ anchor, onClose }: Pick<PopupProps, 'anchor' | 'onClose'>) {
  const query = useWindows((state) => state.setting);
  const setQuery = (setting: string) => setWindows({ setting });
  const [changedOnly, setChangedOnly] = useState(false);
  const taken = useUi((state) => state.config);
  const draft = useUi((state) => state.draft);
  const replay = useUi(isReplay);
  const config = { ...taken, ...draft };
  const found = settings.filter(
    ({ key }) =>
      matches(key, query) && (!changedOnly || !sameValue(config[key], presets[config.preset][key])),
  );
  const isWhole = query === '' && !changedOnly;
  return (
    <Popup
      title={words.title}
      close={words.close}
      anchor={anchor}
      tools={<UndoButton />}
      className={styles.popup}
      testId="settings-panel"
      onClose={onClose}
    >
      <div className={styles.head}>
        <div className={styles.headRow}>
          <input
            type="search"
            className={styles.find}
            aria-label={more.find}
            placeholder={more.find}
            value={query}
            data-testid="find-setting"
            onChange={(event) => setQuery(event.target.value)}
          />
          <output className={`data ${styles.unit}`}>{more.count(found.length, settings.length)}</output>
          <Button aria-pressed={changedOnly} onClick={() => setChangedOnly(!changedOnly)}>
            {more.changed}
          </Button>
        </div>
      </div>
      {replay && (
        <p className={`${styles.setting} ${styles.memory}`} data-testid="recorded-settings">
          {replayStrings.settings}
        </p>
      )}
      {found.length === 0 && <p className={styles.memory}>{query ? more.none : more.noneChanged}</p>}
      {sections.map((section) => {
        const own = found.filter((setting) => setting.section === section);
        if (own.length === 0) return null;
        return (
          <section key={section} aria-label={more.sections[section]}>
            <h3 className={styles.section}>{more.sections[section]}</h3>
            {section === 'batch' && isWhole && !replay && <UpdatesControl />}
            {own.map(({ key }) => (
              <SettingControl key={key} name={key} />
            ))}
            {section === 'system' && isWhole && !replay && <HiddenTabControl />}
          </section>
        );
      })}
      <MemoryLine />
    </Popup>
  );
}

/** Every word of the query in name, label or definition. */
function matches(key: SettingKey, query: string): boolean {
  const { label, help } = settingOf(key);
  const text = `${key} ${label} ${help.definition}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function UndoButton() {
  const entry = useUi((state) => state.undo.at(-1) ?? null);
  const title = entry ? more.undoTitle(Object.keys(entry.before)) : more.undo;
  return (
    <Button
      className={styles.undo}
      disabled={!entry}
      title={title}
      aria-label={title}
      onClick={undo}
      data-testid="undo-button"
    >
      <Undo2 size={14} aria-hidden="true" />
      {more.undo}
    </Button>
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

/** @file The settings as scripts of another framework: to read, with what is not carried over, and to download. */
import { useMemo, useState } from 'react';
import { launchFiles } from '../../run/launch/files';
import { targetNames } from '../../run/launch/plan';
import type { LaunchTarget } from '../../run/launch/setting-keys';
import { zipParts } from '../../run/zip';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import panel from '../panels/panel.module.css';
import { saveFile } from '../save-file';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { launchWords as words } from '../strings-launch';
import exports from './export.module.css';
import styles from './lab.module.css';

const targets = Object.keys(targetNames) as LaunchTarget[];

/** @param stem what a download's name begins with. */
export function Launch({ stem }: { stem: string }) {
  const config = useConfig();
  const title = useUi((state) => state.document?.title ?? null);
  const [target, setTarget] = useState<LaunchTarget>('verl');
  const [chosen, setChosen] = useState('');
  const { files, losses } = useMemo(() => launchFiles(config, target, title), [config, target, title]);
  const file = files.find(({ name }) => name === chosen) ?? files[0];
  const save = () => {
    if (files.length === 1) return saveFile(`${stem}-${file.name}`, 'text/plain', [file.text]);
    const entries = files.map(({ name, text }) => ({ path: name, bytes: new TextEncoder().encode(text) }));
    saveFile(`${stem}-${target}.zip`, 'application/zip', zipParts(entries));
  };
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="launch-title"
      data-testid="launch"
    >
      <div className={panel.head}>
        <h2 id="launch-title">{words.title}</h2>
        <select
          className={kit.select}
          aria-label={words.target}
          value={target}
          data-testid="launch-target"
          onChange={(event) => setTarget(event.target.value as LaunchTarget)}
        >
          {targets.map((each) => (
            <option key={each} value={each}>
              {targetNames[each]}
            </option>
          ))}
        </select>
        {files.length > 1 && (
          <select
            className={kit.select}
            aria-label={words.file}
            value={file.name}
            data-testid="launch-file"
            onChange={(event) => setChosen(event.target.value)}
          >
            {files.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        <Button onClick={save} data-testid="launch-save">
          {words.download(files.length)}
        </Button>
      </div>
      <div className={styles.body}>
        <p className={styles.muted}>
          {words.about} {words.data}
        </p>
        <h3 id="launch-lost" className={exports.heading}>
          {words.lost}
        </h3>
        {losses.length === 0 ? (
          <p>{words.lostNothing}</p>
        ) : (
          <ul aria-labelledby="launch-lost" data-testid="launch-lost">
            {losses.map(({ setting, reason }) => (
              <li key={`${setting} ${reason}`}>
                <code>{setting}</code>: {reason}
              </li>
            ))}
          </ul>
        )}
        {/* Scrolled by keys too. */}
        <section
          className={exports.script}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
          tabIndex={0}
          aria-label={words.script(file.name)}
        >
          <pre data-testid="launch-script">{file.text}</pre>
        </section>
      </div>
    </section>
  );
}

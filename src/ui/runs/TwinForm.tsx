/** @file Begins a twin of the run on screen: the same questions and noise, one setting different, step by step beside it. */
import { useState } from 'react';
import { asCodedError } from '../../errors';
import { settings } from '../../run/config';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { endTwin } from '../state/commands';
import { startTwin, useCompare } from '../state/compare';
import { effectiveConfig } from '../state/model';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { replayStrings } from '../strings-replay';
import { runStrings } from '../strings-runs';
import { changeable, readChange } from './actions';
import styles from './compare.module.css';

const words = runStrings.twin;

export function TwinForm() {
  const twin = useCompare((state) => state.twin);
  const state = useUi((ui) => ui.state);
  const replay = useUi(isReplay);
  const config = useUi(effectiveConfig);
  const [key, setKey] = useState('clip_ratio_high');
  // The two bounds the presets have: the one that this run has not.
  const [value, setValue] = useState(config.clip_ratio_high === 0.28 ? '0.2' : '0.28');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  if (twin !== null)
    return (
      <p className={styles.bar} data-testid="twin-running">
        {words.running}
        <Button
          onClick={() => {
            void endTwin();
            useCompare.setState({ twin: null });
          }}
        >
          {words.end}
        </Button>
      </p>
    );
  if (replay) return <p className={styles.muted}>{replayStrings.twin}</p>;
  if (state !== 'ready' && state !== 'paused' && state !== 'running') return null;
  const begin = () => {
    try {
      const changes = key === '' ? {} : readChange(key, value);
      setProblem('');
      setBusy(true);
      void startTwin(changes).finally(() => setBusy(false));
    } catch (error) {
      const { message, advice } = asCodedError(error);
      setProblem(`${message} ${advice}`);
    }
  };
  return (
    <form
      className={styles.bar}
      data-testid="twin-form"
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <label className={styles.field}>
        {words.what}
        <select
          className={kit.select}
          value={key}
          onChange={({ target }) => {
            setKey(target.value);
            const now = settings.find((setting) => setting.key === target.value);
            setValue(now ? String(config[now.key]) : '');
          }}
          data-testid="twin-setting"
        >
          <option value="">{words.nothing}</option>
          {changeable.map(({ key: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {key !== '' && (
        <input
          className={styles.text}
          aria-label={words.value}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          data-testid="twin-value"
        />
      )}
      <Button type="submit" look="primary" disabled={busy} data-testid="twin-start">
        {words.start}
      </Button>
      <span className={styles.muted}>{words.help}</span>
      {problem && <span role="alert">{problem}</span>}
    </form>
  );
}

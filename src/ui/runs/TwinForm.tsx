/** @file Begins a twin of the run on screen: the same questions and noise, one setting different, step by step beside it. */
import { useState } from 'react';
import { Button } from '../kit/Button';
import { endTwin } from '../state/commands';
import { startTwin, useCompare } from '../state/compare';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { replayStrings } from '../strings-replay';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';
import { DifferenceForm } from './DifferenceForm';

const words = runStrings.twin;

export function TwinForm() {
  const twin = useCompare((state) => state.twin);
  const state = useUi((ui) => ui.state);
  const replay = useUi(isReplay);
  const config = useConfig();
  const [busy, setBusy] = useState(false);
  // The pairs have the GPU.
  const seeding = useCompare((state) => state.seeding !== null);
  if (seeding) return null;
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
  return (
    <DifferenceForm
      config={config}
      words={words}
      name="twin"
      // The two bounds the presets have: the one that this run has not.
      first={{ key: 'clip_ratio_high', value: config.clip_ratio_high === 0.28 ? '0.2' : '0.28' }}
      busy={busy}
      onStart={(changes) => {
        setBusy(true);
        void startTwin(changes).finally(() => setBusy(false));
      }}
    />
  );
}

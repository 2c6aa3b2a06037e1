/** @file The run in the forms other tools read, and its settings as scripts that launch it elsewhere. */
import { useState } from 'react';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { download, report } from '../state/commands';
import { dayOf, replayStem } from '../state/replay';
import { useUi } from '../state/store';
import { labStrings } from '../strings-lab';
import { replayStrings } from '../strings-replay';
import exports from './export.module.css';
import type { ExportKind } from './export-files';
import { Launch } from './Launch';
import styles from './lab.module.css';

const words = labStrings.exports;
type Item = keyof typeof words.items;
const items = Object.keys(words.items) as Item[];

export default function ExportView() {
  const possible = useUi((state) => state.step > 0 && state.state !== 'opening');
  const runId = useUi((state) => state.runId);
  // A recording's is the adapter it was made on, not the one that shows it.
  const software = useUi(({ adapter, recording: shown }) =>
    shown ? shown.adapterClass.startsWith('software') : (adapter?.software ?? false),
  );
  const seed = useUi((state) => state.config.seed);
  const recording = useUi((state) => state.recording);
  const stem = `${recording ? replayStem(recording) : runId}-seed-${seed}`;
  const [busy, setBusy] = useState<Item | null>(null);
  const save = async (item: Item) => {
    setBusy(item);
    try {
      if (item === 'zip') await download();
      else await saveExport(item, `${stem}${software ? '-software' : ''}`);
    } catch (error) {
      report(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="export-title"
        data-testid="export"
      >
        <div className={panel.head}>
          <h2 id="export-title">{words.title}</h2>
          <span className={styles.muted}>
            {recording && `${replayStrings.exports(dayOf(recording.begun))} · `}
            {possible ? words.labels(software, seed) : words.none}
          </span>
        </div>
        <ul className={styles.body}>
          {items.map((item) => {
            const [name, help] = words.items[item];
            return (
              <li key={item} className={exports.item}>
                <Button
                  disabled={!possible || busy !== null}
                  data-testid={`export-${item}`}
                  onClick={() => void save(item)}
                >
                  {busy === item ? words.busy : name}
                </Button>
                <span className={styles.muted}>{help}</span>
              </li>
            );
          })}
        </ul>
      </section>
      <Launch stem={stem} />
    </>
  );
}

/** Writers and the ONNX graph are code of their own, loaded when they are asked for. */
async function saveExport(kind: ExportKind, stem: string): Promise<void> {
  const { exportFile } = await import('./export-files');
  const { saveFile } = await import('../save-file');
  const { name, type, parts } = await exportFile(kind, stem);
  saveFile(name, type, parts);
}

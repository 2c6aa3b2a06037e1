/** @file Ablations: the folder of a grid opened as table and figure with seed bands, and the command that makes one. */
import { FileArchive, FolderOpen } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { ablateWords as words } from '../strings-ablate';
import { AblateHere } from './AblateHere';
import { AblationResults } from './AblationResults';
import ablate from './ablate.module.css';
import { ablateCommand, documentPlace } from './ablate-command';
import { openAblationFolder, openAblationZip, useAblation } from './ablation-store';
import styles from './lab.module.css';

export default function Ablate() {
  const { reading, busy, problem } = useAblation();
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="ablate-title"
        data-testid="ablate"
      >
        <div className={panel.head}>
          <h2 id="ablate-title">{words.title}</h2>
          <OpenButtons disabled={busy !== null} />
        </div>
        <div className={styles.body}>
          {problem && (
            <p className={styles.failure} role="alert" data-testid="ablate-problem" data-code={problem.code}>
              {problem.message} {problem.advice}
            </p>
          )}
          {busy !== null && <p role="status">{words.reading}</p>}
          {reading ? <AblationResults reading={reading} /> : <p>{words.what}</p>}
        </div>
      </section>
      <AblateHere />
      <Command />
    </>
  );
}

function OpenButtons({ disabled }: { disabled: boolean }) {
  const zip = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.bar}>
      <input
        ref={folder}
        type="file"
        hidden
        multiple
        data-testid="ablate-folder"
        {...{ webkitdirectory: '' }}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          if (files.length > 0) void openAblationFolder(files);
          target.value = '';
        }}
      />
      <input
        ref={zip}
        type="file"
        accept=".zip,application/zip"
        hidden
        data-testid="ablate-zip"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void openAblationZip(file);
          target.value = '';
        }}
      />
      <Button disabled={disabled} onClick={() => folder.current?.click()}>
        <FolderOpen size={14} aria-hidden="true" />
        {words.openFolder}
      </Button>
      <Button disabled={disabled} onClick={() => zip.current?.click()}>
        <FileArchive size={14} aria-hidden="true" />
        {words.openZip}
      </Button>
    </div>
  );
}

function Command() {
  const config = useConfig();
  const hasOwnText = useUi(({ document }) => document?.source === 'imported');
  const [said, setSaid] = useState('');
  const command = ablateCommand(config, hasOwnText);
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="ablate-make"
      data-testid="ablate-make"
    >
      <div className={panel.head}>
        <h2 id="ablate-make">{words.make}</h2>
        <Button
          onClick={() =>
            void navigator.clipboard.writeText(command).then(
              () => setSaid(words.copied),
              () => setSaid(words.notCopied),
            )
          }
        >
          {words.copy}
        </Button>
        <span role="status" className={styles.muted}>
          {said}
        </span>
      </div>
      <div className={styles.body}>
        <pre className={`data ${ablate.command}`} data-testid="ablate-command">
          {command}
        </pre>
        <p className={styles.muted}>{words.makeNote}</p>
        {hasOwnText && (
          <p className={styles.muted}>
            {words.ownText} <span className="data">{documentPlace}</span>.
          </p>
        )}
      </div>
    </section>
  );
}

/** @file The machine under the run: adapter, memory by kind, kernels chosen, time by phase, and what has happened. */
import type { ReactNode } from 'react';
import { bytes, fixed, percent, whole } from '../format';
import panel from '../panels/panel.module.css';
import { type LogEntry, useLog } from '../state/log';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { memoryPartName } from '../strings';
import { labStrings } from '../strings-lab';
import { replayStrings } from '../strings-replay';
import styles from './lab.module.css';
import system from './system.module.css';

const words = labStrings.system;
const logWords = labStrings.log;

export default function SystemView() {
  return (
    <div className={system.grid} data-testid="system">
      <Box title={words.adapter}>
        <Adapter />
      </Box>
      <Box title={words.memory}>
        <Memory />
      </Box>
      <Box title={words.kernels}>
        <Kernels />
      </Box>
      <Timings />
      <div className={system.wide}>
        <Box title={words.log}>
          <Log />
        </Box>
      </div>
    </div>
  );
}

function Box({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={panel.panel} aria-label={title}>
      <div className={panel.head}>
        <h2>{title}</h2>
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

function Adapter() {
  const adapter = useUi((state) => state.adapter);
  const parameters = useUi((state) => state.parameters);
  const from = useUi((state) => state.kernelsFrom);
  if (!adapter) return <p className={styles.muted}>{words.none}</p>;
  const facts: [string, string][] = [
    [words.facts.vendor, adapter.vendor],
    [words.facts.architecture, adapter.architecture],
    [words.facts.description, adapter.description],
    [words.facts.kind, adapter.software ? words.software : words.hardware],
    [words.facts.f16, adapter.f16 === undefined ? '' : words.f16(adapter.f16)],
    [words.facts.maxBuffer, adapter.maxBufferBytes === undefined ? '' : bytes(adapter.maxBufferBytes)],
    [words.facts.selfTest, from === null ? '' : words.selfTest[from](adapter.software)],
    [words.facts.parameters, parameters > 0 ? whole(parameters) : ''],
  ];
  return (
    <dl className={styles.facts} data-testid="adapter-facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name} className={system.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Memory() {
  const memory = useUi((state) => state.memory);
  const replay = useUi(isReplay);
  if (replay) return <p className={styles.muted}>{replayStrings.memory}</p>;
  const sum = memory.reduce((total, item) => total + item.bytes, 0);
  const sorted = [...memory].sort((a, b) => b.bytes - a.bytes);
  return (
    <table className={`data ${styles.table}`} data-testid="memory-table">
      <caption>{words.memorySum(sum)}</caption>
      <thead>
        <tr>
          <th scope="col">{words.part}</th>
          <th scope="col">{words.size}</th>
          <th scope="col">{words.share}</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((item) => (
          <tr key={item.part}>
            <td>{memoryPartName(item.part)}</td>
            <td>{bytes(item.bytes)}</td>
            <td>{percent(item.bytes / sum, 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Kernels() {
  const kernels = useUi((state) => state.kernels);
  if (!kernels) return <p className={styles.muted}>{words.noKernels}</p>;
  return (
    <table className={`data ${styles.table}`} data-testid="kernels">
      <thead>
        <tr>
          <th scope="col">{words.role}</th>
          <th scope="col">{words.variant}</th>
        </tr>
      </thead>
      <tbody>
        {[
          ...Object.entries(kernels.linear).map((choice) => [words.linear, ...choice]),
          // Recordings of earlier versions name none.
          ...Object.entries(kernels.attention ?? {}).map((choice) => [words.attention, ...choice]),
        ].map(([layer, role, variant]) => (
          <tr key={`${layer} ${role}`}>
            <td>
              {layer}, {role}
            </td>
            <td>{variant}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Timings() {
  const row = useUi((state) => state.history.at(-1));
  const prefix = 'timing_s/';
  const all = row?.metrics['timing_s/step'] ?? row?.metrics['perf/time_per_step'];
  const phases = Object.entries(row?.metrics ?? {}).filter(([name]) => name.startsWith(prefix));
  return (
    <Box title={words.timings(row?.step ?? 0)}>
      {phases.length === 0 || all === undefined ? (
        <p className={styles.muted}>{words.noTimings}</p>
      ) : (
        <table className={`data ${styles.table}`} data-testid="timings">
          <thead>
            <tr>
              <th scope="col">{words.phase}</th>
              <th scope="col">{words.seconds}</th>
              <th scope="col">{words.share}</th>
            </tr>
          </thead>
          <tbody>
            {phases.map(([name, seconds]) => (
              <tr key={name}>
                <td>{name.slice(prefix.length)}</td>
                <td>{fixed(seconds, 3)}</td>
                <td>{percent(seconds / all, 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Box>
  );
}

function Log() {
  const entries = useLog((state) => state.entries);
  if (entries.length === 0) return <p className={styles.muted}>{words.logEmpty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
    <section className={system.log} tabIndex={0} aria-label={words.logLines}>
      <ol className="data" data-testid="log" reversed>
        {[...entries].reverse().map((entry, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line of the log is its place.
          <li key={entries.length - i}>
            {entry.time} {said(entry)}
          </li>
        ))}
      </ol>
    </section>
  );
}

function said(entry: LogEntry): string {
  switch (entry.kind) {
    case 'state':
      return logWords.state(entry.state, entry.step);
    case 'problem':
      return logWords.problem(entry.code, entry.message);
    case 'change':
      return logWords.change(entry.key, entry.from, entry.to, entry.step);
    case 'evaluation':
      return logWords.evaluation(entry.step, fixed(entry.sampledReward, 3), fixed(entry.greedyAccuracy, 3));
    case 'stage':
      return logWords.stage(entry.name, entry.step);
    default:
      return entry satisfies never;
  }
}

/** @file What went wrong: code, sentence, advice, and the ways on. What stands on the page stays readable. */
import { X } from 'lucide-react';
import { useState } from 'react';
import { makeConfig, type RunConfig } from '../../run/config';
import type { MemoryWay } from '../../run/memory-ways';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import { openRun, reopenRun, watch } from '../state/boot';
import { change, start } from '../state/commands';
import { inspectFailedStep } from '../state/failed-step';
import { effectiveConfig } from '../state/model';
import { isUntrainable, type Problem } from '../state/problems';
import { dismiss, getUi, useUi } from '../state/store';
import { say } from '../strings';
import { problemStrings } from '../strings-problems';
import { replayStrings } from '../strings-replay';
import styles from './problems.module.css';

const words = problemStrings;
const choices = problemStrings.bound;

export default function ErrorPanel() {
  const problems = useUi((state) => state.problems);
  return (
    <div className={styles.list}>
      {problems.map((problem) => (
        <ProblemRow key={`${problem.code} ${problem.message}`} problem={problem} />
      ))}
    </div>
  );
}

function ProblemRow({ problem }: { problem: Problem }) {
  const isFatal = problem.severity === 'fatal';
  // Where nothing could begin, nothing has failed.
  const untrainable = isUntrainable(problem);
  return (
    <div
      className={isFatal && !untrainable ? `${styles.problem} ${styles.fatal}` : styles.problem}
      role={isFatal ? 'alert' : 'status'}
      data-testid="error-panel"
      data-code={problem.code}
    >
      <p className={styles.words}>
        <b>{untrainable ? replayStrings.noTraining : isFatal ? words.fatal : words.refused}:</b>{' '}
        {problem.message} {problem.advice} <span className={`data ${styles.code}`}>{problem.code}</span>
      </p>
      <div className={styles.actions}>
        {untrainable && <WatchOffer />}
        {isFatal && <WaysOn {...problem} />}
        {problem.code === 'sampling.bound' && <BoundChoices problem={problem} />}
        <Button
          size="icon"
          look="quiet"
          aria-label={words.dismiss}
          title={words.dismiss}
          onClick={() => dismiss(problem)}
        >
          <X size={14} aria-hidden="true" />
        </Button>
      </div>
    </div>
  );
}

/** Where nothing can be trained, what was trained elsewhere can be watched. */
function WatchOffer() {
  const isShown = useUi((state) => state.recording !== null || state.state === 'opening');
  if (isShown) return null;
  return (
    <Button look="primary" onClick={() => watch({ kind: 'shipped' })} data-testid="watch-replay">
      {replayStrings.watch}
    </Button>
  );
}

/** Too few groups varied: the run waits for a choice, and goes on with it. */
function BoundChoices({ problem }: { problem: Problem }) {
  const rounds = useUi((state) => effectiveConfig(state)['filter_groups.max_num_gen_batches']);
  const temperature = useUi((state) => effectiveConfig(state).temperature);
  const goOn = (changes: Parameters<typeof change>[0]) => {
    change(changes);
    dismiss(problem);
    start();
  };
  const more = Math.min(50, rounds * 2);
  const hotter = Math.min(2, Math.round((temperature + 0.2) * 100) / 100);
  return (
    <>
      <Button look="primary" onClick={() => goOn({ 'filter_groups.on_bound': 'train' })}>
        {choices.train}
      </Button>
      <Button disabled={more === rounds} onClick={() => goOn({ 'filter_groups.max_num_gen_batches': more })}>
        {choices.rounds(more)}
      </Button>
      <Button disabled={hotter === temperature} onClick={() => goOn({ temperature: hotter })}>
        {choices.temperature(fixed(hotter, 1))}
      </Button>
    </>
  );
}

/** Goes on with the run, changed where that helps; one that is not stored begins anew. */
function WaysOn({ code, ways = [] }: Pick<Problem, 'code' | 'ways'>) {
  const config = useUi((state) => state.config);
  const step = useUi((state) => state.step);
  const isMemory = memoryCodes.includes(code);
  return (
    <>
      {code.startsWith('gpu.') && <Diagnostics code={code} />}
      {isMemory && <SmallerRuns config={config} ways={ways} />}
      {code === 'train.nonfinite' && (
        <>
          <Button onClick={starting(() => reopenRun({ lr: config.lr / 2 }))}>{words.halveRate}</Button>
          <Button onClick={() => void inspectFailedStep()} data-testid="inspect-failed">
            {words.inspect(step + 1)}
          </Button>
        </>
      )}
      <Button
        look={isUntrainable({ code }) || isMemory ? 'plain' : 'primary'}
        onClick={() => (canReopen() ? reopenRun({}) : location.reload())}
        data-testid="retry-button"
      >
        {words.retry}
      </Button>
    </>
  );
}

/** Opens a run and trains: who presses the button has just chosen. */
function starting(open: () => void): () => void {
  return () => {
    open();
    start();
  };
}

const memoryCodes: readonly string[] = ['gpu.oom', 'gpu.limits', 'config.memory'];

interface SmallerRunsProps {
  config: RunConfig;
  ways: readonly MemoryWay[];
}

/** Runs that take less memory: those the planner found, and two that are always smaller. Each starts at once. */
function SmallerRuns({ config, ways }: SmallerRunsProps) {
  const halves = ways.every(({ key }) => key !== 'group_size') && config.group_size >= 4;
  return (
    <>
      {config.preset !== 'micro' && (
        <Button onClick={starting(() => openRun(makeConfig('micro', { seed: config.seed })))}>
          {words.micro}
        </Button>
      )}
      {ways.map(({ key, settings }) => (
        <Button
          key={key}
          title={words.wayTitle(saidSettings(settings))}
          onClick={starting(() => reopenRun(settings))}
          data-testid="memory-way"
          data-key={key}
        >
          {words.way[key](settings[key] ?? 0)}
        </Button>
      ))}
      {halves && (
        <Button onClick={starting(() => reopenRun({ group_size: Math.floor(config.group_size / 2) }))}>
          {words.halveGroup}
        </Button>
      )}
    </>
  );
}

function saidSettings(settings: Partial<RunConfig>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${say(value)}`)
    .join(', ');
}

/** Without a first look at the GPU there is no run to open again: the page starts over. */
function canReopen(): boolean {
  const { runId, document, untrainable } = getUi();
  return runId !== '' && document !== null && !untrainable;
}

function Diagnostics({ code }: { code: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const { adapter, config, step } = getUi();
    const facts = {
      code,
      step,
      adapter,
      config,
      webgpu: 'gpu' in navigator,
      secure: isSecureContext,
      agent: navigator.userAgent,
    };
    await navigator.clipboard.writeText(JSON.stringify(facts, null, 2)).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return <Button onClick={copy}>{copied ? words.copied : words.diagnostics}</Button>;
}

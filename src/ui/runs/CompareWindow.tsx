/** @file Two runs side by side: what differs in their settings, their curves, their answers, and what may be said of it. */
import { Pause, Play } from 'lucide-react';
import { useEffect } from 'react';
import type { ComparedRuns } from '../../../workers/runs-protocol';
import { compact, fixed, percent, signed } from '../format';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { Window } from '../kit/Window';
import { toggle } from '../state/commands';
import {
  chooseAlso,
  chooseQuestion,
  chooseRuns,
  hideCompare,
  maxAlso,
  nextDifference,
  swapRuns,
  useCompare,
  walkStep,
} from '../state/compare';
import { useHints } from '../state/hints';
import { type KeyName, keyLabel, nameOfKey } from '../state/key-map';
import { isReplay } from '../state/replay';
import { useRuns } from '../state/runs';
import { useUi } from '../state/store';
import { runStrings } from '../strings-runs';
import { ClipPair } from './ClipPair';
import { ComparedAnswers } from './ComparedAnswers';
import styles from './compare.module.css';
import { MoreSeeds } from './MoreSeeds';
import { Overlay } from './Overlay';
import { TwinForm } from './TwinForm';

const words = runStrings.compare;

const formats: Record<string, (value: number) => string> = {
  'critic/rewards/mean': fixed,
  'actor/entropy': fixed,
  'actor/pg_clipfrac_high': percent,
  'response_length/mean': (value) => fixed(value, 1),
};

/** What the page's keys do while the view is open. */
const keys: Partial<Record<KeyName, () => void>> = {
  difference: nextDifference,
  swap: () => void swapRuns(),
  questionNext: () => chooseQuestion(1),
  questionPrevious: () => chooseQuestion(-1),
  stepNewer: () => void walkStep(1),
  stepOlder: () => void walkStep(-1),
};

export default function CompareWindow() {
  const { runs, problem, a, b } = useCompare();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyped = 'select, textarea, input:not([type=range], [type=checkbox])';
      if (event.target instanceof Element && event.target.closest(isTyped)) return;
      if (event.ctrlKey || event.metaKey || event.altKey || !useHints.getState().letters) return;
      const name = nameOfKey(event.key);
      if (name) keys[name]?.();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <Window title={words.title} close={words.close} testId="compare-window" onClose={hideCompare}>
      <div className={styles.bar}>
        <RunSelect side="a" label={words.runA} />
        <RunSelect side="b" label={words.runB} />
        <Button shortcut={keyLabel('swap')} onClick={() => void swapRuns()}>
          {words.swap}
        </Button>
        <AlsoSelect />
        <TrainButton />
      </div>
      <TwinForm />
      {problem && <p role="alert">{`${problem.message} ${problem.advice}`}</p>}
      {(a === null || b === null) && <p className={styles.muted}>{words.needTwo}</p>}
      {runs && <Compared runs={runs} />}
    </Window>
  );
}

/** Start and pause, within reach while the pair trains. */
function TrainButton() {
  const state = useUi((ui) => ui.state);
  const step = useUi((ui) => ui.step);
  const pausing = useUi((ui) => ui.pausing);
  const replay = useUi(isReplay);
  if (replay || (state !== 'ready' && state !== 'paused' && state !== 'running')) return null;
  const isRunning = state === 'running';
  return (
    <>
      <Button onClick={toggle} disabled={pausing} data-testid="compare-train">
        {isRunning ? <Pause size={14} aria-hidden="true" /> : <Play size={14} aria-hidden="true" />}
        {isRunning ? words.pause : words.train}
      </Button>
      <span className="data">{words.atStep(step)}</span>
    </>
  );
}

function RunSelect({ side, label }: { side: 'a' | 'b'; label: string }) {
  const { a, b } = useCompare();
  const stored = useRuns((state) => state.stored?.runs) ?? [];
  const value = side === 'a' ? a : b;
  const choose = (id: string) => void chooseRuns(side === 'a' ? id : a, side === 'b' ? id : b);
  return (
    <label className={styles.field}>
      {label}
      <select
        className={kit.select}
        value={value ?? ''}
        onChange={(event) => choose(event.target.value)}
        data-testid={`compare-${side}`}
      >
        {value === null && <option value="">–</option>}
        {stored.map((run) => (
          <option key={run.id} value={run.id} disabled={run.id === (side === 'a' ? b : a)}>
            {named(run)} · {words.steps(run.steps)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Further runs over the two, each with its letter, and the way to add one. */
function AlsoSelect() {
  const { a, b, also } = useCompare();
  const stored = useRuns((state) => state.stored?.runs) ?? [];
  const left = stored.filter(({ id, steps }) => steps > 0 && ![a, b, ...also].includes(id));
  return (
    <>
      {also.map((id, i) => (
        <Button
          key={id}
          title={words.alsoAway}
          onClick={() => void chooseAlso(id, false)}
          data-testid="compare-also-away"
        >
          {words.alsoSide[i]} {stored.find((run) => run.id === id)?.name ?? id} ×
        </Button>
      ))}
      {also.length < maxAlso && left.length > 0 && (
        <select
          className={kit.select}
          aria-label={words.also}
          value=""
          onChange={({ target }) => void chooseAlso(target.value, true)}
          data-testid="compare-also"
        >
          <option value="">{words.also}</option>
          {left.map((run) => (
            <option key={run.id} value={run.id}>
              {named(run)} · {words.steps(run.steps)}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

function named({ name, difference }: { name: string; difference: string }): string {
  return difference === '' ? name : `${name} “${difference}”`;
}

/** The settings that both have, on request. */
function EqualSettings({ runs }: { runs: ComparedRuns }) {
  const { a, differences, equalSettings } = runs;
  if (!a.config) return <span className={styles.muted}>{words.equal(equalSettings)}</span>;
  const differs = new Set<string>(differences.map(({ key }) => key));
  return (
    <details data-testid="compare-equal">
      <summary>{words.equal(equalSettings)}</summary>
      <ul className={styles.equal}>
        {Object.entries(a.config)
          .filter(([key]) => !differs.has(key))
          .map(([key, value]) => (
            <li key={key} className="data">
              {key} {said(value) || '–'}
            </li>
          ))}
      </ul>
    </details>
  );
}

function Compared({ runs }: { runs: ComparedRuns }) {
  return (
    <>
      <p data-testid="compare-differences">
        <b>{words.differs}</b>{' '}
        {runs.differences.length === 0
          ? words.nothingDiffers
          : runs.differences.map(({ key, a, b }) => `${key} ${said(a)} → ${said(b)}`).join(' · ')}{' '}
        {!runs.sameDocument && <span className={styles.muted}>{words.otherDocument}</span>}
      </p>
      <EqualSettings runs={runs} />
      <p data-testid="compare-verdict" className={styles.verdict}>
        {verdictWords(runs)}{' '}
        <span className={styles.muted}>
          {runs.sharedSteps > 0 ? `${words.shared(runs.sharedSteps)} ` : ''}
          {runs.commonSteps === 0
            ? ''
            : runs.partedAt === null
              ? words.equalSoFar(runs.commonSteps)
              : words.partedAt(runs.partedAt)}
        </span>
        <MoreSeeds runs={runs} />
      </p>
      <div className={styles.figures}>
        {runs.curves.map((curve) => (
          <Overlay
            key={curve.metric}
            name={words.metrics[curve.metric] ?? curve.metric}
            curve={curve}
            runs={runs}
            format={formats[curve.metric] ?? fixed}
          />
        ))}
      </div>
      <ClipPair />
      <ComparedAnswers />
    </>
  );
}

function verdictWords({ verdict, differences }: ComparedRuns): string {
  switch (verdict.kind) {
    case 'nothing':
      return words.verdict.nothing;
    case 'identical':
      return words.verdict.identical;
    case 'one seed':
      return words.verdict.oneSeed(signed(verdict.delta));
    case 'separable':
    case 'not separable': {
      const { seeds, mean, interval } = verdict;
      const half = (interval.high - interval.low) / 2;
      const numbers = words.verdict.seeds(seeds, signed(mean), fixed(half));
      const several = differences.length > 1 ? ` ${words.verdict.several(differences.length)}` : '';
      return `${numbers} ${verdict.kind === 'separable' ? words.verdict.separable : words.verdict.notSeparable}${several}`;
    }
    default:
      return verdict satisfies never;
  }
}

function said(value: unknown): string {
  return typeof value === 'number' ? compact(value) : String(value);
}

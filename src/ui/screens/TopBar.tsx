/** @file The bar above: transport, where the run stands, the GPU, and what needs a new run. */
import { Pause, Play, RotateCcw, StepForward, SunMoon } from 'lucide-react';
import { JudgeButton } from '../judge/JudgeButton';
import { Button } from '../kit/Button';
import { RunsButton } from '../runs/RunsButton';
import { stepOnce, stepPart, toggle } from '../state/commands';
import { useKeyWords } from '../state/key-map';
import { askReset } from '../state/new-run';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { strings } from '../strings';
import { replayStrings } from '../strings-replay';
import { nextTheme, useTheme } from '../theme';
import { AdapterChip } from './AdapterChip';
import styles from './bars.module.css';
import { LevelSwitch } from './LevelSwitch';
import { NewRunButton } from './NewRunButton';
import { RunActions } from './RunActions';
import { RunFacts } from './RunFacts';
import { SettingsButton } from './SettingsButton';
import { ShareButton } from './ShareButton';
import { SpeedSelect } from './SpeedSelect';
import { StateLine } from './StateLine';

const words = strings.transport;
const replayWords = replayStrings.transport;

export function TopBar() {
  const step = useUi((state) => state.step);
  const replay = useUi(isReplay);
  return (
    <header className={styles.top}>
      <h1 className={styles.brand}>{strings.title}</h1>
      <Transport />
      {!replay && <SpeedSelect />}
      <span className={styles.where}>
        <span className={`data ${styles.steps}`} data-testid="step-count">
          {words.stepCount} {step}
        </span>
        <RunFacts />
      </span>
      <StateLine />
      <AdapterChip />
      {!replay && <NewRunButton />}
      <div className={`${styles.group} ${styles.ofRuns}`}>
        <RunsButton />
        <RunActions />
        <JudgeButton />
        <span data-part="settings">
          <SettingsButton />
        </span>
        <span className={styles.atEnd}>
          <LevelSwitch />
          <ShareButton />
          <ThemeButton />
        </span>
      </div>
    </header>
  );
}

function Transport() {
  const keyed = useKeyWords();
  const state = useUi((ui) => ui.state);
  const pausing = useUi((ui) => ui.pausing);
  const step = useUi((ui) => ui.step);
  const lab = useView((view) => view.level === 'lab');
  const replay = useUi(isReplay);
  const isRunning = state === 'running';
  const isIdle = state === 'ready' || state === 'paused';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices.
    <div
      className={`${styles.group} ${styles.transport}`}
      role="group"
      aria-label={replay ? replayWords.label : words.label}
    >
      {isRunning ? (
        <Button shortcut="Space" onClick={toggle} disabled={pausing} data-testid="pause-button">
          <Pause size={14} aria-hidden="true" />
          {pausing ? words.pausing : words.pause}
        </Button>
      ) : (
        <Button
          shortcut="Space"
          look="primary"
          onClick={toggle}
          disabled={!isIdle && state !== 'opening'}
          data-testid="start-button"
        >
          <Play size={14} aria-hidden="true" />
          {replay ? replayWords.play : step > 0 ? words.resume : words.start}
        </Button>
      )}
      <Button shortcut={keyed('{step}')} onClick={stepOnce} disabled={!isIdle} data-testid="step-button">
        <StepForward size={14} aria-hidden="true" />
        {words.step}
      </Button>
      {lab && !replay && <Parts disabled={!isIdle} />}
      <Button
        size="icon"
        onClick={askReset}
        disabled={state === 'none' || state === 'opening'}
        aria-keyshortcuts={keyed('{reset}')}
        aria-label={replay ? replayWords.reset : words.reset}
        title={replay ? replayWords.reset : keyed(words.resetTitle)}
        data-testid="reset-button"
        data-part="reset"
      >
        <RotateCcw size={14} aria-hidden="true" />
      </Button>
    </div>
  );
}

const parts = ['rollout', 'score', 'update'] as const;

/**
 * The parts of a step, of which one comes next. A step may come back to the first two: it samples again until enough groups
 * vary.
 */
function Parts({ disabled }: { disabled: boolean }) {
  const keyed = useKeyWords();
  const held = useUi((ui) => (ui.state === 'paused' && ui.reason === 'part' ? ui.phase?.phase : null));
  const next = held ?? 'rollout';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices.
    <span className={styles.parts} role="group" aria-label={words.part} data-part="part">
      {parts.map((part) => (
        <Button
          key={part}
          onClick={stepPart}
          disabled={disabled || part !== next}
          aria-current={part === next ? 'step' : undefined}
          title={keyed(words.partTitle[part])}
          data-testid={`part-${part}`}
        >
          {words.parts[part]}
        </Button>
      ))}
    </span>
  );
}

function ThemeButton() {
  const keyed = useKeyWords();
  const { theme } = useTheme();
  const label = `${words.theme}: ${words.themeNames[theme]}`;
  return (
    <Button
      size="icon"
      aria-label={label}
      title={keyed(`${label} ({theme})`)}
      onClick={nextTheme}
      data-testid="theme-button"
      data-part="theme"
    >
      <SunMoon size={16} aria-hidden="true" />
    </Button>
  );
}

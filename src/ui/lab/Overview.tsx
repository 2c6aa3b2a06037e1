/** @file The curves: a curated eight, pins, all others by prefix; a click on a point goes to its step. */
import { Pin, PinOff } from 'lucide-react';
import { memo, type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { metricInfo } from '../../run/metrics';
import { Chart } from '../charts/Chart';
import type { StepBand } from '../charts/positions';
import { fixed } from '../format';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { Slider } from '../kit/Slider';
import panel from '../panels/panel.module.css';
import { maxFilter, xAxes } from '../state/link';
import { useUi } from '../state/store';
import { setView, togglePin, useView } from '../state/view';
import { strings } from '../strings';
import { labStrings } from '../strings-lab';
import { Doctor } from './Doctor';
import styles from './lab.module.css';
import {
  byPrefix,
  curated,
  formatOf,
  heldOutNames,
  matching,
  metricNames,
  seriesOf,
  stageBands,
  xFormatOf,
} from './metric-series';
import overview from './overview.module.css';
import { goToStep } from './rollouts-store';
import { StepGroups } from './StepGroups';

const words = labStrings.overview;
const chartHeight = 104;

export default function Overview() {
  const history = useUi((state) => state.history);
  const evaluations = useUi((state) => state.evaluations);
  const every = useUi((state) => state.config['eval.every']);
  const filter = useDeferredValue(useView((state) => state.filter));
  const pins = useView((state) => state.pins);
  const doctorHidden = useView((state) => state.hidden.includes('doctor'));
  const [hovered, setHovered] = useState<number | null>(null);
  const names = useMemo(() => metricNames(history, evaluations), [history, evaluations]);
  const found = useMemo(() => (filter === '' ? null : matching(names, filter)), [names, filter]);
  const bands = useMemo(() => stageBands(history, words.stage), [history]);
  const shown = curated.filter((name) => name !== heldOutNames.reward || evaluations.length > 0);
  const pinned = pins.filter((name) => names.includes(name) && !shown.some((own) => own === name));
  const others = names.filter((name) => !shown.some((own) => own === name) && !pinned.includes(name));
  const charts = (list: readonly string[]) => (
    <div className={overview.charts}>
      {list.map((name) => (
        <MetricChart key={name} name={name} bands={bands} onHover={setHovered} />
      ))}
    </div>
  );
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="overview-title"
        data-testid="overview"
      >
        <div className={panel.head}>
          <h2 id="overview-title">{labStrings.views.names.overview}</h2>
          <ChartTools />
        </div>
        <div className={styles.body}>
          {filter === '' ? (
            <>
              {pinned.length > 0 && (
                <>
                  <h3 className={overview.heading}>{words.pinned}</h3>
                  {charts(pinned)}
                </>
              )}
              {charts(shown)}
              {evaluations.length === 0 && <p className={styles.muted}>{words.heldOutWait(every)}</p>}
              <p className={styles.muted}>{words.hint}</p>
              {others.length > 0 && <More names={others} charts={charts} />}
            </>
          ) : found === null ? (
            <p className={styles.failure} role="alert">
              {words.badFilter}
            </p>
          ) : found.length === 0 ? (
            <p className={styles.muted}>{words.none}</p>
          ) : (
            charts(found)
          )}
        </div>
      </section>
      {!doctorHidden && <Doctor />}
      <StepGroups hovered={hovered} />
    </>
  );
}

/** The curves nobody asked for yet, a click away: a closed group draws nothing. */
function More({ names, charts }: { names: readonly string[]; charts(list: readonly string[]): ReactNode }) {
  const [open, setOpen] = useState<readonly string[]>([]);
  return (
    <details className={overview.more} data-testid="more-metrics">
      <summary>{words.more(names.length)}</summary>
      {byPrefix(names).map(([prefix, own]) => (
        <details
          key={prefix}
          className={overview.group}
          onToggle={(event) => {
            const isOpen = event.currentTarget.open;
            setOpen((before) => (isOpen ? [...before, prefix] : before.filter((name) => name !== prefix)));
          }}
        >
          <summary>{words.group(prefix, own.length)}</summary>
          {open.includes(prefix) && charts(own)}
        </details>
      ))}
    </details>
  );
}

interface MetricChartProps {
  name: string;
  bands: readonly StepBand[];
  onHover(step: number | null): void;
}

const MetricChart = memo(function MetricChart({ name, bands, onHover }: MetricChartProps) {
  const history = useUi((state) => state.history);
  const evaluations = useUi((state) => state.evaluations);
  const marks = useUi((state) => state.marks);
  const axis = useView((state) => state.x);
  const smoothing = useView((state) => state.smooth);
  const log = useView((state) => state.log);
  const overAnswers = useView((state) => state.band);
  const picked = useView((state) => state.step);
  const isPinned = useView((state) => state.pins.includes(name));
  const series = useMemo(
    () => seriesOf(name, history, evaluations, axis, overAnswers),
    [name, history, evaluations, axis, overAnswers],
  );
  const title = words.titles[name] ?? name;
  return (
    <Chart
      name={title}
      help={helpOf(name)}
      steps={series.steps}
      values={series.values}
      xs={series.xs}
      xFormat={xFormats[axis]}
      xName={words.axes[axis]}
      marks={marks}
      reach={series.band}
      bands={bands}
      picked={picked}
      height={chartHeight}
      smoothing={smoothing}
      log={log}
      zoom
      diamonds={series.sparse}
      format={formatOf(name)}
      testId={`chart-${name}`}
      onPick={goToStep}
      onHover={onHover}
      tools={
        <Button
          look="quiet"
          size="icon"
          className={overview.pin}
          aria-pressed={isPinned}
          aria-label={isPinned ? words.unpin(title) : words.pin(title)}
          title={isPinned ? words.unpin(title) : words.pin(title)}
          onClick={() => togglePin(name)}
        >
          {isPinned ? <PinOff size={14} aria-hidden="true" /> : <Pin size={14} aria-hidden="true" />}
        </Button>
      }
    />
  );
});

const xFormats = { step: xFormatOf('step'), time: xFormatOf('time'), tokens: xFormatOf('tokens') };

function helpOf(name: string): string {
  const info = metricInfo(name);
  return info ? strings.charts.help(name, info.definition, info.healthy) : (words.heldOut[name] ?? name);
}

function ChartTools() {
  const filter = useView((state) => state.filter);
  const smooth = useView((state) => state.smooth);
  const x = useView((state) => state.x);
  const log = useView((state) => state.log);
  const band = useView((state) => state.band);
  return (
    <div className={styles.bar}>
      <label>
        <span className="unseen">{words.filter}</span>
        <input
          className={`data ${styles.text}`}
          type="search"
          placeholder={words.filterShort}
          title={words.filter}
          maxLength={maxFilter}
          value={filter}
          data-testid="metric-filter"
          onChange={(event) => setView({ filter: event.target.value })}
        />
      </label>
      <span className={overview.tool}>
        <span aria-hidden="true">{words.smoothing}</span>
        <span className={styles.slider}>
          <Slider
            label={words.smoothing}
            value={smooth}
            min={0}
            max={0.99}
            step={0.01}
            valueText={words.smoothingValue(fixed(smooth))}
            testId="smoothing"
            onChange={(next) => setView({ smooth: next })}
          />
        </span>
        <span className="data">{fixed(smooth)}</span>
      </span>
      <label>
        <span>{words.axis}</span>
        <select
          className={kit.select}
          value={x}
          data-testid="x-axis"
          onChange={(event) => {
            const axis = xAxes.find((name) => name === event.target.value);
            if (axis) setView({ x: axis });
          }}
        >
          {xAxes.map((axis) => (
            <option key={axis} value={axis}>
              {words.axes[axis]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={log}
          data-testid="log-y"
          onChange={(event) => setView({ log: event.target.checked })}
        />
        <span>{words.log}</span>
      </label>
      <label title={words.bandTitle}>
        <input
          type="checkbox"
          checked={band}
          data-testid="band"
          onChange={(event) => setView({ band: event.target.checked })}
        />
        <span>{words.band}</span>
      </label>
    </div>
  );
}

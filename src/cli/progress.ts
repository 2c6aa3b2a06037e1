/** @file Progress on a terminal: one line that is redrawn; where the output is no terminal, one line a step. */

/** The part of a Node write stream that is used. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface StepProgress {
  step: number;
  /** The measure of the step; undefined shows a dash. */
  reward: number | undefined;
}

/** What is counted and what is measured. */
export interface ProgressWords {
  unit: string;
  measure: string;
}

const barWidth = 20;

export class Progress {
  private readonly output: Output;
  private readonly total: number;
  private readonly first: number;
  private readonly now: () => number;
  private readonly words: ProgressWords;
  private readonly started: number;
  private drawn = false;

  /**
   * @param first steps done before this command began.
   * @param now milliseconds.
   */
  constructor(
    output: Output,
    total: number,
    first = 0,
    now: () => number = () => performance.now(),
    words: ProgressWords = { unit: 'step', measure: 'reward' },
  ) {
    this.output = output;
    this.total = total;
    this.first = first;
    this.now = now;
    this.words = words;
    this.started = now();
  }

  update({ step, reward }: StepProgress): void {
    const minutes = (this.now() - this.started) / 60_000;
    const pace = minutes > 0 ? (step - this.first) / minutes : 0;
    const { unit, measure } = this.words;
    const facts = `${unit} ${step}/${this.total}  ${measure} ${reward === undefined ? '–' : reward.toFixed(3)}  ${pace.toFixed(1)} ${unit}s/min`;
    if (!this.output.isTTY) {
      this.output.write(`${facts}\n`);
      return;
    }
    const full = Math.round(barWidth * Math.min(1, step / Math.max(1, this.total)));
    const left = pace > 0 && step < this.total ? `  ${remaining((this.total - step) / pace)} left` : '';
    const line = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}  ${facts}${left}`;
    // A line that wraps could not be redrawn.
    this.output.write(`\r\u001b[K${line.slice(0, (this.output.columns ?? 80) - 1)}`);
    this.drawn = true;
  }

  /** Writes a whole line; the bar comes back with the next update. */
  line(text: string): void {
    this.end();
    this.output.write(`${text}\n`);
  }

  /** Leaves the bar as it stands and goes to the next line. */
  end(): void {
    if (this.drawn) this.output.write('\n');
    this.drawn = false;
  }
}

function remaining(minutes: number): string {
  return minutes < 1
    ? `${Math.ceil(minutes * 60)} s`
    : minutes < 90
      ? `${Math.round(minutes)} min`
      : `${(minutes / 60).toFixed(1)} h`;
}

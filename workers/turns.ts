/**
 * @file Whose turn it is on the GPU: steps while any are allowed, work that is asked for between two of them, work that
 * needs it alone. One at a time; everything else waits.
 */
import { BetweenSteps } from './between-steps';
import { StepGate } from './step-gate';

export class Turns {
  /** Steps that may still begin; 0 = pause. */
  allowed = 0;
  /** Holds a step between its parts. */
  readonly gate = new StepGate();
  private readonly between = new BetweenSteps();
  private held: Promise<void> | null = null;
  /** Somebody has asked for the GPU since spare work began. */
  private isAsked = false;
  private readonly runSteps: () => Promise<void>;
  private readonly canRun: () => boolean;

  /** @param runSteps begins steps while `allowed` says so, and serves `between` after each. */
  constructor(runSteps: () => Promise<void>, canRun: () => boolean) {
    this.runSteps = runSteps;
    this.canRun = canRun;
  }

  /** Somebody has the GPU. */
  get isBusy(): boolean {
    return this.held !== null;
  }

  allow(steps: number): void {
    this.isAsked = true;
    this.gate.allow(Number.POSITIVE_INFINITY);
    this.allowed = steps;
    if (!this.held) this.hold(this.runSteps());
  }

  /** Resolves once nobody has the GPU; a step in flight is finished, also one that is held in the middle. */
  async pause(): Promise<void> {
    this.isAsked = true;
    this.allowed = 0;
    this.gate.allow(Number.POSITIVE_INFINITY);
    while (this.held) await this.held;
  }

  /** One whole step, or the rest of the one that is held; resolves when it is done. */
  async step(): Promise<void> {
    if (!this.gate.isHeld) {
      await this.pause();
      this.allow(1);
    }
    this.gate.allow(Number.POSITIVE_INFINITY);
    await this.held;
  }

  /** The next part of a step; the step waits after it. */
  async stepPart(): Promise<void> {
    if (!this.gate.isHeld) {
      await this.pause();
      this.allow(1);
      this.gate.allow(1);
      return;
    }
    this.gate.allow(1);
  }

  /** Keeps all others off the GPU until `work` is done; then what waited comes, then the steps allowed meanwhile. */
  hold(work: Promise<void>): void {
    const held = work.finally(() => {
      if (this.held !== held) return;
      this.held = null;
      if (!this.between.isEmpty) this.hold(this.between.serve());
      else if (this.allowed > 0 && this.canRun()) this.hold(this.runSteps());
    });
    this.held = held;
  }

  /** What `work` gives, once its turn has come between two steps. */
  ask<T>(work: () => Promise<T>): Promise<T> {
    this.isAsked = true;
    const answer = this.between.ask(work);
    if (!this.held) this.hold(this.between.serve());
    return answer;
  }

  /** Work that gives way: it asks `stops` between its parts. Nothing happens where somebody has the GPU. */
  spare(work: (stops: () => boolean) => Promise<void>): void {
    if (this.held) return;
    this.isAsked = false;
    this.hold(work(() => this.isAsked));
  }

  /** Does what was asked for between two steps. */
  serve(): Promise<void> {
    return this.between.serve();
  }
}

/**
 * @file How much work goes to the GPU at once. A *slice* is one submission; its budget, in estimated FLOPs, follows
 * the time that slices really take, so that the page stays smooth and no driver watchdog fires.
 */

/** About 5 to 10 ms on a software adapter, well below a millisecond on a GPU. */
const firstSliceFlops = 2e7;
/** A few milliseconds of a software adapter: below it, what a slice costs by itself outweighs the work. */
const minSliceFlops = 4e6;
const maxSliceFlops = 2e12;
/** No slice is meant to take longer, whatever is asked for. */
const maxSliceMs = 200;
/** Where nobody looks, a slice may be this long: what it costs by itself counts less. */
const hiddenSliceMs = 50;

export interface SliceOptions {
  /** Time one slice should take; adaptive, so it is met on average. At most 200 ms count. */
  sliceMs?: number;
  /** Share of time the GPU may be busy, up to 1. */
  duty?: number;
  /** Part of the wanted time and of the first budget that is used; below 1 after a loss of the device. */
  share?: number;
  /** A budget that does not adapt, for tests. */
  fixedFlops?: number;
}

export class SliceBudget {
  sliceMs: number;
  duty: number;
  readonly share: number;
  private isHidden = false;
  private current: number;
  private readonly fixed: boolean;

  constructor(options: SliceOptions = {}) {
    this.sliceMs = options.sliceMs ?? 16;
    this.duty = options.duty ?? 1;
    this.share = options.share ?? 1;
    this.current = options.fixedFlops ?? Math.max(minSliceFlops, firstSliceFlops * this.share);
    this.fixed = options.fixedFlops !== undefined;
  }

  /** Estimated FLOPs of one slice. */
  get flops(): number {
    return this.current;
  }

  /** Nobody sees the page: slices may be longer. A page that is seen again has short slices at once. */
  get hidden(): boolean {
    return this.isHidden;
  }

  set hidden(hidden: boolean) {
    const before = this.targetMs;
    this.isHidden = hidden;
    if (this.fixed) return;
    this.current = Math.max(minSliceFlops, this.current * Math.min(1, this.targetMs / before));
  }

  /** Milliseconds one slice should take now. */
  private get targetMs(): number {
    const wanted = this.isHidden ? Math.max(this.sliceMs, hiddenSliceMs) : this.sliceMs;
    return Math.min(wanted, maxSliceMs) * this.share;
  }

  /**
   * Learns from a slice of `flops` that took `ms`. The budget grows to at most twice what that slice proved, and
   * shrinks to at least a quarter; a short slice that was fast says nothing, since its fixed cost counts for more.
   */
  measured(flops: number, ms: number): void {
    if (this.fixed) return;
    const target = this.targetMs;
    const wanted = (flops * target) / Math.max(ms, 0.1);
    const next =
      ms > target
        ? Math.max(this.current / 4, Math.min(this.current, wanted))
        : Math.max(this.current, Math.min(wanted, 2 * flops));
    this.current = Math.min(maxSliceFlops, Math.max(minSliceFlops, next));
  }

  /** Time to leave the GPU alone after a slice of `ms`. */
  restMs(ms: number): number {
    return this.duty >= 1 ? 0 : ms * (1 / Math.max(this.duty, 0.01) - 1);
  }
}

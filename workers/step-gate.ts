/** @file Holds a step between its parts, sampling, scoring and updating, for who wants to look at each. */

export class StepGate {
  private allowed = Number.POSITIVE_INFINITY;
  private last = '';
  private release: (() => void) | null = null;

  /** A step waits in the middle. */
  get isHeld(): boolean {
    return this.release !== null;
  }

  /** Whether the next part waits once it comes. */
  get holdsNext(): boolean {
    return this.allowed === 0;
  }

  /** Lets so many parts begin, the one that waits among them; the next one waits. */
  allow(parts: number): void {
    this.allowed = parts;
    if (!this.release || parts < 1) return;
    this.allowed--;
    this.release();
    this.release = null;
  }

  /**
   * Resolves when a part may begin. The same part twice in a row, as with several updates, is one.
   * @param onHold called where it must wait; what that gives back is called when it goes on.
   */
  async enter(part: string, onHold: () => () => void): Promise<void> {
    const isSame = part === this.last;
    this.last = part;
    if (isSame) return;
    if (this.allowed > 0) {
      this.allowed--;
      return;
    }
    const onRelease = onHold();
    await new Promise<void>((resolve) => {
      this.release = resolve;
    });
    onRelease();
  }
}

/**
 * @file Keeps the screen on while a person watches training, where the browser can: a laptop that goes to sleep takes the GPU
 * away. Recorded runs and hidden pages let it sleep.
 */
import { useUi } from './store';

type Source = Pick<WakeLock, 'request'>;

/** One lock at most, held while it is wanted. */
export class Wakefulness {
  private readonly source: Source;
  private lock: WakeLockSentinel | null = null;
  private wanted = false;
  private asking = false;

  constructor(source: Source) {
    this.source = source;
  }

  get isHeld(): boolean {
    return this.lock !== null && !this.lock.released;
  }

  /** Takes the lock or gives it back; a browser that refuses, as with a low battery, is not asked again until the next change. */
  async want(wanted: boolean): Promise<void> {
    this.wanted = wanted;
    if (!wanted) {
      const { lock } = this;
      this.lock = null;
      await lock?.release();
      return;
    }
    if (this.isHeld || this.asking) return;
    this.asking = true;
    try {
      const lock = await this.source.request('screen');
      // Meanwhile the run may have been paused.
      if (this.wanted) this.lock = lock;
      else await lock.release();
    } catch {
      this.lock = null;
    } finally {
      this.asking = false;
    }
  }
}

/** Called once. */
export function keepAwake(): void {
  if (!navigator.wakeLock) return;
  const wakefulness = new Wakefulness(navigator.wakeLock);
  let before = false;
  const settle = () => {
    const { state, recording } = useUi.getState();
    const wanted = state === 'running' && recording === null && !document.hidden;
    // The browser takes the lock of a page that is hidden; seen again, it has to be asked for anew.
    if (wanted === before) return;
    before = wanted;
    void wakefulness.want(wanted);
  };
  useUi.subscribe(settle);
  document.addEventListener('visibilitychange', settle);
}

export interface Film {
  /** Pixels. */
  width: number;
  height: number;
  seconds: number;
  /** In the order of their times, the first a key frame. */
  frames: { ms: number; key: boolean; data: Uint8Array }[];
}
export function webm(film: Film): Buffer;

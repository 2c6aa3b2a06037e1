/** @file What a recorded run still answers to: the settings that only change how its tokens are seen, and its place in time. */
import type { Remote } from 'comlink';
import type { RecordingView, ReplayApi } from '../../../workers/protocol';
import type { RunConfig, SettingKey } from '../../run/config';

/** Settings that the page recomputes recorded tokens by: the objective's form and bounds. All others need training. */
const seenKeys: readonly SettingKey[] = [
  'clip_ratio_low',
  'clip_ratio_high',
  'clip_ratio_c',
  'policy_loss.loss_mode',
  'tau_pos',
  'tau_neg',
  'kl_loss_type',
];

/** Whether a change of the setting shows at once on recorded tokens. */
export function isSeen(key: SettingKey): boolean {
  return seenKeys.includes(key);
}

/** The settings of `config` that are seen on recorded tokens, as far as a link names them. */
export function seenSettings(config: RunConfig, query: URLSearchParams): Partial<RunConfig> {
  return Object.fromEntries(
    seenKeys.filter((key) => query.has(key)).map((key) => [key, config[key]]),
  ) as Partial<RunConfig>;
}

/** What a download's name begins with: that it is a replay, of which run and day. */
export function replayStem({ name, begun }: RecordingView): string {
  return `replay-${name.replace(/[^\w.-]+/g, '-')}-${dayOf(begun)}`;
}

/** Day of a time in seconds since 1970, UTC. */
export function dayOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return seconds > 0 && !Number.isNaN(date.getTime()) ? date.toISOString().slice(0, 10) : 'undated';
}

export function isReplay({ recording }: { recording: RecordingView | null }): boolean {
  return recording !== null;
}

/** Milliseconds from one step to the next; the usual one is the replay worker's own. */
export const paces = { slow: 3000, normal: 1000, fast: 250 } as const;
export type Pace = keyof typeof paces;

/**
 * Sends a slider's places one at a time, and of those that come meanwhile only the last: a jump reads files.
 * @param replay asked anew each time, since a run may be opened between two places.
 * @returns the place that the last of them led to.
 */
export function seeker(replay: () => Remote<ReplayApi> | null): (step: number) => Promise<number> {
  let wanted: number | null = null;
  let going: Promise<number> | null = null;
  const go = async () => {
    let reached = 0;
    while (wanted !== null) {
      const next: number = wanted;
      wanted = null;
      reached = (await replay()?.seek(next)) ?? next;
    }
    return reached;
  };
  return (step) => {
    wanted = step;
    going ??= go().finally(() => {
      going = null;
    });
    return going;
  };
}

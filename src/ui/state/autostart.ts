/** @file Whether training starts by itself, and when it stops by itself again. */
import type { WaitReason } from './model';

export interface Surroundings {
  software: boolean;
  reducedMotion: boolean;
  hidden: boolean;
  saveData: boolean;
  /** Battery under 20 % and not charging. */
  lowBattery: boolean;
  /** A run of an earlier visit can go on. */
  stored?: boolean;
  /** `?autostart=` of the link: '1' overrides everything, '0' waits. */
  query: string | null;
}

/** An autostarted run rests after so much, whichever comes first. */
export const autostartBudget = { steps: 200, ms: 180_000 };

/** Why training waits for a person; null = it starts. */
export function waitReason(here: Surroundings): WaitReason | null {
  if (here.query === '1') return null;
  if (here.stored) return 'stored';
  if (here.query === '0') return 'asked';
  if (here.software) return 'software';
  if (here.reducedMotion) return 'motion';
  if (here.hidden) return 'hidden';
  if (here.saveData) return 'data';
  return here.lowBattery ? 'battery' : null;
}

interface BatteryLike {
  level: number;
  charging: boolean;
}

/** Whether the browser asks for as few bytes as can be. */
export function savesData(): boolean {
  return (navigator as BrowserLike).connection?.saveData === true;
}

type BrowserLike = Navigator & {
  connection?: { saveData?: boolean };
  getBattery?: () => Promise<BatteryLike>;
};

/** Reads the page's surroundings; what a browser does not tell counts as fine. */
export async function readSurroundings(software: boolean): Promise<Surroundings> {
  const battery = await (navigator as BrowserLike).getBattery?.().catch(() => null);
  return {
    software,
    reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    hidden: document.hidden,
    saveData: savesData(),
    lowBattery: battery ? battery.level < 0.2 && !battery.charging : false,
    query: new URLSearchParams(location.search).get('autostart'),
  };
}

/**
 * @file Which key does what: the page's keys by the name of what they do, and those that a person has put elsewhere. Space,
 * Escape and the arrows keep their place: the page can be used by them alone.
 */
import { create } from 'zustand';

/** A key as keys.ts names it: `event.key`, and `Shift .` for the shifted full stop of any layout. */
const defaults = {
  toggle: ' ',
  step: '.',
  part: 'Shift .',
  reset: 'r',
  fork: 'f',
  compare: 'v',
  share: 's',
  search: '/',
  speak: 'i',
  theme: 't',
  keys: '?',
  up: 'Escape',
  answerNext: 'j',
  answerPrevious: 'k',
  best: 'b',
  worst: 'w',
  questionNext: 'n',
  questionPrevious: 'p',
  stepNewer: 'N',
  stepOlder: 'P',
  mark: 'm',
  less: '[',
  more: ']',
  advantage: '1',
  logprob: '2',
  ratio: '3',
  entropy: '4',
  kl: '5',
  clipped: '6',
  objective: '7',
  tokenNext: 'ArrowRight',
  tokenPrevious: 'ArrowLeft',
  clippedNext: 'c',
  surprisingNext: 'e',
  spotNext: 'h',
  spotPrevious: 'H',
  layers: 'l',
  swap: 'x',
  difference: 'd',
} as const;

export type KeyName = keyof typeof defaults;

const names = Object.keys(defaults) as KeyName[];

/** Those that always stay. */
const fixedNames: readonly KeyName[] = ['toggle', 'up', 'tokenNext', 'tokenPrevious'];

/** `g` begins the Lab's views. */
const prefix = 'g';

export function isFixed(name: KeyName): boolean {
  return fixedNames.includes(name);
}

type Moved = Partial<Record<KeyName, string>>;

const storageKey = 'longview.keys';

export const useKeyMap = create<{ moved: Moved }>()(() => ({ moved: stored() }));

/** The key of an action. */
export function keyOf(name: KeyName, moved = useKeyMap.getState().moved): string {
  return moved[name] ?? defaults[name];
}

/** What a key does; null where it does nothing. */
export function nameOfKey(key: string): KeyName | null {
  const { moved } = useKeyMap.getState();
  return names.find((name) => keyOf(name, moved) === key) ?? null;
}

/** Why a key cannot be used for an action: it is none that can be pressed alone, or has a use already. Null where it can. */
export type KeyConflict = { kind: 'own' } | { kind: 'prefix' } | { kind: 'taken'; by: KeyName };

/** @param key as keys.ts names it. Moves nothing where there is a conflict. */
export function moveKey(name: KeyName, key: string): KeyConflict | null {
  // Named keys (Tab, F5, arrows) and Space keep what they do everywhere.
  if (isFixed(name) || key === ' ' || (key.length > 1 && key !== defaults.part)) return { kind: 'own' };
  if (key === prefix) return { kind: 'prefix' };
  const by = nameOfKey(key);
  if (by === name) return null;
  if (by !== null) return { kind: 'taken', by };
  keep({ ...useKeyMap.getState().moved, [name]: key });
  return null;
}

/** Every key where it was at first. */
export function resetKeys(): void {
  keep({});
}

function keep(moved: Moved): void {
  const away = Object.entries(moved).filter(([name, key]) => defaults[name as KeyName] !== key);
  const kept: Moved = Object.fromEntries(away);
  useKeyMap.setState({ moved: kept });
  try {
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // Storage may be off; the keys then go back with the tab.
  }
}

/** What an earlier visit left; a map in which two actions share a key counts as nothing. */
function stored(): Moved {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const moved: Moved = {};
    for (const name of names) {
      const key: unknown = Reflect.get(value, name);
      const isKey = typeof key === 'string' && (key.length === 1 || key === defaults.part);
      if (isKey && key !== ' ' && key !== prefix && !isFixed(name)) moved[name] = key;
    }
    return new Set(names.map((name) => keyOf(name, moved))).size === names.length ? moved : {};
  } catch {
    return {};
  }
}

/** The key as a person reads it. */
export function keyLabel(name: KeyName, moved = useKeyMap.getState().moved): string {
  const key = keyOf(name, moved);
  const labels: Partial<Record<string, string>> = {
    ' ': 'Space',
    Escape: 'Esc',
    ArrowRight: '→',
    ArrowLeft: '←',
    'Shift .': 'Shift+.',
  };
  return labels[key] ?? key;
}

/** Fills the keys in: `Next question ({questionNext})` becomes `Next question (n)`. Follows keys that are moved. */
export function useKeyWords(): (text: string) => string {
  const moved = useKeyMap((state) => state.moved);
  return (text) => keyWords(text, moved);
}

export function keyWords(text: string, moved?: Moved): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in defaults ? keyLabel(name as KeyName, moved) : whole,
  );
}

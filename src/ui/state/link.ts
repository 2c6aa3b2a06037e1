/**
 * @file Links. The query holds settings and switches of the page, the hash holds the view:
 *
 *   ?preset=micro&clip_ratio_high=0.28&seed=7&level=lab#view=rollouts&step=142&group=3&sample=1&tok=88&color=ratio
 *
 * Settings that make the address longer than `maxAddress` move into the hash as `z`, deflated (RFC 1951) and in
 * base64url (RFC 4648, section 5), beside `v`, the version of that form. A short text goes in as `doc`, packed the same
 * way, only where a person asked for it. Pure but for the compression streams.
 */
import { CodedError } from '../../errors';
import { nearest } from '../../run/config';
import type { LongDocument } from '../../tasks/types';
import { linkStrings } from '../strings-link';
import type { TokenColour } from './model';

const words = linkStrings.notices;

export const levels = ['play', 'lab'] as const;
export type Level = (typeof levels)[number];

/** Views of the Lab, in the order of its rail. */
export const labViews = [
  'overview',
  'rollouts',
  'document',
  'curriculum',
  'objective',
  'eval',
  'behaviours',
  'data',
  'ablate',
  'system',
  'export',
] as const;
export type LabView = (typeof labViews)[number];

export const xAxes = ['step', 'time', 'tokens'] as const;
export type XAxis = (typeof xAxes)[number];

const colours = [
  'advantage',
  'logprob',
  'ratio',
  'entropy',
  'kl',
  'clipped',
  'objective',
] as const satisfies readonly TokenColour[];

/** Controls that `?hide=` can take away, besides the views. */
export const hideable = [
  ...labViews,
  'reset',
  'preset',
  'seed',
  'settings',
  'download',
  'theme',
  'level',
  'share',
  'keys',
  'inspector',
  'doctor',
  'fork',
  'palette',
  'runs',
  'compare',
  'judge',
  'speed',
  'part',
  'coach',
  'search',
] as const;

/** What `?embed=1` takes away: the page around it has its own. */
export const embedHides: readonly string[] = [
  'preset',
  'seed',
  'settings',
  'download',
  'theme',
  'level',
  'share',
  'keys',
];

/** What the query says about the page itself. */
export interface PageLink {
  level: Level | null;
  hide: string[];
  embed: boolean;
}

/** What the hash says about the view. `sample` and `tok` count from 1 and from 0, as the page shows them. */
export interface ViewLink {
  view: LabView;
  /** Null follows the newest. */
  step: number | null;
  /** Round and place of the group in its step, as in its uid; the round 1 is left out. */
  group: string | null;
  sample: number | null;
  tok: number | null;
  color: TokenColour;
  smooth: number;
  x: XAxis;
  log: boolean;
  /** Reach of the answers behind means; it widens the axis, so it is asked for. */
  band: boolean;
  filter: string;
  pins: string[];
  /** Stored runs in the Compare view: A, B and up to two more; empty opens it with those at hand. Null while it is closed. */
  compare: string[] | null;
}

export const defaultView: ViewLink = {
  view: 'overview',
  step: null,
  group: null,
  sample: null,
  tok: null,
  color: 'advantage',
  smooth: 0.6,
  x: 'step',
  log: false,
  band: false,
  filter: '',
  pins: [],
  compare: null,
};

export const maxFilter = 80;
const maxPins = 24;
const maxCompared = 4;
/** Past so many characters settings are packed. */
export const maxAddress = 1500;
/** Settings of a packed link when unpacked, characters. */
const maxUnpacked = 20_000;
const packedVersion = '1';

/** Reads the page's own switches from a query. Settings in it are left to configFromQuery, which names unknown keys. */
export function readPage(search: string): { page: PageLink; notices: CodedError[] } {
  const query = new URLSearchParams(search);
  const notices: CodedError[] = [];
  const level = query.get('level');
  if (level !== null && !isOneOf(levels, level)) notices.push(badValue('level', level, levels.join(', ')));
  const hide: string[] = [];
  for (const name of (query.get('hide') ?? '').split(',').filter(Boolean)) {
    if (isOneOf(hideable, name)) hide.push(name);
    else notices.push(badValue('hide', name, hideable.join(', ')));
  }
  return {
    page: {
      level: level !== null && isOneOf(levels, level) ? level : null,
      hide,
      embed: query.get('embed') === '1',
    },
    notices,
  };
}

/** Characters of a text that a link may carry, and of it when packed. */
export const maxLinkText = 20_000;
const maxPackedText = 60_000;
const maxTitle = 120;

export interface HashLink {
  view: ViewLink;
  /** A packed document, null where the link carries none. */
  document: string | null;
  /** Packed settings, null where the query holds them. */
  packed: string | null;
  notices: CodedError[];
}

/** Reads a hash, with or without its #. What is unknown or impossible is left out and noticed. Never throws. */
export function readHash(hash: string): HashLink {
  const view: ViewLink = { ...defaultView };
  const notices: CodedError[] = [];
  let packed: string | null = null;
  let document: string | null = null;
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const range = takeKey(view, key, value);
    if (range === null) continue;
    if (range !== undefined) notices.push(badValue(key, value, range));
    else if (key === 'z') packed = value;
    else if (key === 'doc') {
      if (/^[\w-]+$/.test(value) && value.length <= maxPackedText) document = value;
      else notices.push(badValue(key, value, `a packed text of at most ${maxLinkText} characters`));
    } else if (key === 'v') {
      if (value !== packedVersion) notices.push(badValue(key, value, packedVersion));
    } else
      notices.push(
        new CodedError(
          'link.unknown',
          words.unknown(shown(key)),
          words.unknownAdvice(nearest(key, Object.keys(defaultView))),
        ),
      );
  }
  return { view, document, packed, notices };
}

/** Null: taken. A text: the possible values, where this one is not. Undefined: not a key of the view. */
function takeKey(view: ViewLink, key: string, value: string): string | null | undefined {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : null;
  switch (key) {
    case 'view':
      return isOneOf(labViews, value) ? set(view, { view: value }) : labViews.join(', ');
    case 'x':
      return isOneOf(xAxes, value) ? set(view, { x: value }) : xAxes.join(', ');
    case 'color':
      return isOneOf(colours, value) ? set(view, { color: value }) : colours.join(', ');
    case 'step':
      return count !== null && count > 0 ? set(view, { step: count }) : 'a step, from 1';
    case 'sample':
      return count !== null && count > 0 ? set(view, { sample: count }) : 'an answer, from 1';
    case 'tok':
      return count !== null ? set(view, { tok: count }) : 'a token, from 0';
    case 'group':
      return /^(\d{1,4}-)?\d{1,5}$/.test(value)
        ? set(view, { group: value })
        : 'a group, or its round and group as 2-3';
    case 'smooth': {
      const weight = Number(value);
      return value !== '' && weight >= 0 && weight <= 0.99 ? set(view, { smooth: weight }) : '0 to 0.99';
    }
    case 'log':
    case 'band':
      return value === '1' || value === '0' ? set(view, { [key]: value === '1' }) : '0, 1';
    case 'filter':
      return value.length <= maxFilter ? set(view, { filter: value }) : `at most ${maxFilter} characters`;
    case 'pins': {
      const pins = value.split(',').filter(Boolean);
      return pins.length <= maxPins && pins.every((pin) => /^[\w./@-]{1,80}$/.test(pin))
        ? set(view, { pins })
        : `at most ${maxPins} metric names`;
    }
    case 'compare': {
      const ids = value === '1' ? [] : value.split(',');
      return ids.length <= maxCompared && ids.every((id) => /^[A-Za-z0-9][\w.-]{0,79}$/.test(id))
        ? set(view, { compare: ids })
        : `1, or at most ${maxCompared} ids of stored runs`;
    }
    default:
      return undefined;
  }
}

function set(view: ViewLink, change: Partial<ViewLink>): null {
  Object.assign(view, change);
  return null;
}

/** The view as a hash without its #: only what differs from the default, in one order. */
export function writeHash(view: ViewLink): string {
  const query = new URLSearchParams();
  const put = (key: keyof ViewLink, text: string) => query.set(key, text);
  if (view.view !== defaultView.view) put('view', view.view);
  if (view.step !== null) put('step', String(view.step));
  if (view.group !== null) put('group', view.group);
  if (view.sample !== null) put('sample', String(view.sample));
  if (view.tok !== null) put('tok', String(view.tok));
  if (view.color !== defaultView.color) put('color', view.color);
  if (view.smooth !== defaultView.smooth) put('smooth', String(view.smooth));
  if (view.x !== defaultView.x) put('x', view.x);
  if (view.log) put('log', '1');
  if (view.band) put('band', '1');
  if (view.filter !== '') put('filter', view.filter);
  if (view.pins.length > 0) put('pins', view.pins.join(','));
  if (view.compare !== null) put('compare', view.compare.join(',') || '1');
  return query.toString();
}

/**
 * Query and hash of an address, with their marks.
 * @param settings a query of settings (configToQuery).
 * @param page the page's own switches, which stay in the query.
 * @param document a packed text (packDocument), where it was asked for.
 */
export async function writeAddress(
  settings: string,
  page: Readonly<Record<string, string>>,
  view: ViewLink,
  document: string | null = null,
): Promise<string> {
  const hash = writeHash(view);
  const own = new URLSearchParams(page).toString();
  const text = document === null ? '' : `doc=${document}`;
  // A text is asked for at its length; what packs settings is their own.
  const isShort = join([settings, own], [hash]).length <= maxAddress;
  return isShort
    ? join([settings, own], [hash, text])
    : join([own], [`v=${packedVersion}&z=${await pack(settings)}`, hash, text]);
}

/** Title and text of a document as a link carries them. @returns null for one that is too long, or a data set. */
export async function packDocument({
  title,
  text,
  dataset,
}: Pick<LongDocument, 'title' | 'text' | 'dataset'>): Promise<string | null> {
  if (dataset !== undefined || text.length > maxLinkText) return null;
  const packed = await pack(`${title.replace(/\s+/g, ' ').slice(0, maxTitle)}\n${text}`);
  return packed.length <= maxPackedText ? packed : null;
}

/**
 * The document of a link: text of unknown origin, checked as that of a dropped file.
 * @throws CodedError `link.document` for what `packDocument` did not make, `document.*` for a text without use.
 */
export async function unpackDocument(packed: string): Promise<LongDocument> {
  let parts: RegExpExecArray | null = null;
  try {
    // A character has at most three bytes of UTF-8, four where it counts as two.
    parts = /^([^\n]*)\n(.*)$/s.exec(await unpack(packed, 3 * (maxLinkText + maxTitle + 1)));
  } catch {
    // Told below, in the words of a text.
  }
  const [, title = '', text = ''] = parts ?? [];
  if (text === '' || text.length > maxLinkText || title.length > maxTitle)
    throw new CodedError('link.document', words.document, words.documentAdvice);
  const { decodeDocument } = await import('../../run/document');
  return decodeDocument(title || words.documentTitle, new TextEncoder().encode(text));
}

function join(query: string[], hash: string[]): string {
  const [left, right] = [query, hash].map((parts) => parts.filter(Boolean).join('&'));
  return `${left && `?${left}`}${right && `#${right}`}` || '?';
}

/** A group's part of the hash from its uid `step-round-index`. */
export function groupPart(uid: string): string {
  const [, round, index] = uid.split('-');
  return round === '1' ? index : `${round}-${index}`;
}

/** The uid that a part of the hash means in a step. */
export function groupUid(step: number, part: string): string {
  return `${step}-${part.includes('-') ? part : `1-${part}`}`;
}

export async function pack(text: string): Promise<string> {
  const bytes = await through(
    new TextEncoder().encode(text),
    new CompressionStream('deflate-raw'),
    Number.POSITIVE_INFINITY,
  );
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws CodedError `link.packed` for what is not what `pack` made, or grows beyond bounds. */
export async function unpack(packed: string, limit = maxUnpacked): Promise<string> {
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const text = await through(bytes, new DecompressionStream('deflate-raw'), limit);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch (cause) {
    throw new CodedError('link.packed', words.packed, words.packedAdvice, { cause });
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError('too long');
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function isOneOf<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

function badValue(key: string, value: string, range: string): CodedError {
  return new CodedError('link.value', words.value(shown(key), shown(value)), words.valueAdvice(range));
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

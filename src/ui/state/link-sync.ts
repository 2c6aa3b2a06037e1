/** @file The address and the page kept equal: links are read at the start and on Back, and written as things change. */
import type { CodedError } from '../../errors';
import { asCodedError } from '../../errors';
import type { RunConfig } from '../../run/config';
import { configFromQuery, configToQuery } from '../../run/config-text';
import type { LongDocument } from '../../tasks/types';
import { comparedIds, takeCompare, useCompare } from './compare';
import {
  groupPart,
  groupUid,
  type LabView,
  type Level,
  readHash,
  readPage,
  unpack,
  unpackDocument,
  type ViewLink,
  writeAddress,
} from './link';
import { effectiveConfig, shownGroup } from './model';
import { followNewest, getUi, pinToken, setUi, showAnswer, showGroup, useUi } from './store';
import { chooseLevel, chooseView, getView, setView, takePage, takeView, useView } from './view';

/** Dragging a slider is one entry of the address, not hundreds. */
const writeDelayMs = 300;

/** The group a link points to, until the run has it. */
let target: ViewLink | null = null;
let timer = 0;
/** The text that the page's own address carries, as long as it is on screen. */
let carried: { id: string; packed: string } | null = null;

/** Reads the address the page was opened with. */
export async function readLink(): Promise<{
  config: RunConfig;
  query: string;
  /** The text that the link carries, null for none. */
  document: LongDocument | null;
  notices: CodedError[];
}> {
  const { notices } = readPage(location.search);
  const hash = readHash(location.hash);
  aim(hash.view);
  let query = location.search;
  const unread: CodedError[] = [];
  if (hash.packed !== null) {
    try {
      query = await unpack(hash.packed);
    } catch (error) {
      unread.push(asCodedError(error));
    }
  }
  let document: LongDocument | null = null;
  if (hash.document !== null) {
    try {
      document = await unpackDocument(hash.document);
      carried = { id: document.id, packed: hash.document };
    } catch (error) {
      unread.push(asCodedError(error));
    }
  }
  const settings = configFromQuery(query);
  return {
    config: settings.config,
    query,
    document,
    notices: [...settings.notices, ...notices, ...hash.notices, ...unread],
  };
}

/** From now on the address follows the page, and Back and Forward move the page. Called once. */
export function keepLink(): void {
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void write('replace'), writeDelayMs);
  };
  useUi.subscribe((state, before) => {
    if (target && state.groups !== before.groups) reach();
    const settings = state.config !== before.config || state.draft !== before.draft;
    const selection =
      state.colour !== before.colour ||
      state.follow !== before.follow ||
      (!state.follow &&
        (state.shownUid !== before.shownUid ||
          state.answer !== before.answer ||
          state.token !== before.token));
    if (settings || selection) later();
  });
  useView.subscribe((state, before) => {
    if (viewKeys.some((key) => state[key] !== before[key])) later();
  });
  useCompare.subscribe((state, before) => {
    // Opening and closing are places to come back to; other runs in the view are not.
    if (state.isShown !== before.isShown) void write('push');
    else if (state.isShown && (state.a !== before.a || state.b !== before.b || state.also !== before.also))
      later();
  });
  const openedAs = getView().level;
  addEventListener('popstate', () => {
    clearTimeout(timer);
    const { page } = readPage(location.search);
    takePage({ ...page, level: page.level ?? openedAs });
    aim(readHash(location.hash).view);
  });
}

const viewKeys = ['smooth', 'x', 'log', 'band', 'filter', 'pins', 'past'] as const;

/** A place to come back to: another level, view or step. */
export function navigate(to: { level?: Level; view?: LabView; step?: number | null }): void {
  const before = getView();
  if (to.level) chooseLevel(to.level);
  if (to.view) chooseView(to.view);
  if (to.step !== undefined) setView({ step: to.step, past: null });
  const after = getView();
  if (after.level === before.level && after.view === before.view && after.step === before.step) return;
  clearTimeout(timer);
  void write('push');
}

/**
 * Address of what is on screen now, from `?` on.
 * @param text a packed document to put in; else the one that the page was opened with, while it is on screen.
 */
export function address(text: string | null = null): Promise<string> {
  const page: Record<string, string> = {};
  const query = new URLSearchParams(location.search);
  for (const key of ['autostart', 'hide', 'embed']) {
    const value = query.get(key);
    if (value !== null) page[key] = value;
  }
  const { recording, untrainable } = getUi();
  // Where a recorded run is all there is, the address stays one that trains elsewhere.
  if (recording?.storedId === null && (query.has('replay') || !untrainable)) page.replay = '1';
  const { level } = getView();
  if (level !== 'play' || query.has('level')) page.level = level;
  const own = carried !== null && carried.id === getUi().document?.id ? carried.packed : null;
  return writeAddress(configToQuery(effectiveConfig(getUi())), page, viewLink(), text ?? own);
}

async function write(how: 'push' | 'replace'): Promise<void> {
  const next = await address();
  if (next === location.search + location.hash) return;
  if (how === 'push') history.pushState(null, '', next);
  else history.replaceState(null, '', next);
}

function viewLink(): ViewLink {
  const { view, step, smooth, x, log, band, filter, pins, past } = getView();
  const compare = comparedIds();
  const shared = { view, smooth, x, log, band, filter, pins, compare, color: getUi().colour };
  // Until the run has reached it, the link's own aim stands.
  if (target) return { ...target, ...shared, step: step ?? target.step };
  const { follow, answer, token } = getUi();
  const group = shownGroup(getUi());
  if (past) return { ...shared, step, group: groupPart(past.uid), sample: past.answer + 1, tok: null };
  if (follow || !group || (step !== null && group.step !== step))
    return { ...shared, step, group: null, sample: null, tok: null };
  return { ...shared, step: group.step, group: groupPart(group.uid), sample: answer + 1, tok: token };
}

function aim(view: ViewLink): void {
  takeView(view);
  takeCompare(view.compare);
  setUi({ colour: view.color });
  target = view.step !== null && view.group !== null ? view : null;
  if (target) reach();
  else if (view.step === null) followNewest();
}

/** Shows the group the link points to once it is there. */
function reach(): void {
  if (target === null || target.step === null || target.group === null) return;
  const uid = groupUid(target.step, target.group);
  if (!getUi().groups.some((group) => group.uid === uid)) return;
  const { sample, tok } = target;
  target = null;
  showGroup(uid);
  if (sample !== null) showAnswer(sample - 1);
  if (tok !== null) pinToken(tok);
}

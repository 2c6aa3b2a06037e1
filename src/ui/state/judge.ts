/** @file The judge a person chose: loaded apart from the first visit, handed to the engine, named in the settings. */
import { proxy } from 'comlink';
import type { JudgeChoice, JudgeOrder } from '../../../workers/protocol';
import { CodedError } from '../../errors';
import type { Judge } from '../../reward/types';
import type { RunConfig } from '../../run/config';
import { judgeKind } from '../../run/judge-plan';
import { judgeStrings } from '../strings-judge';
import { change, report } from './commands';
import type { JudgeHost } from './judge-host';
import { effectiveConfig, type JudgeView } from './model';
import { getUi, setUi, useUi } from './store';
import type { Engine } from './trainer';

interface Chosen {
  order: JudgeOrder;
  host: Promise<JudgeHost>;
}

/** Judge device and verdict that a load was last tried with. */
let tried = '';
let chosen: Chosen | null = null;
let engine: Engine | null = null;
/** The latest wish; a judge that comes after it was overtaken is ended. */
let wishes = 0;

/** Loads the embedded judge and asks it from the next batch on. */
export function loadEmbedded(): Promise<void> {
  return load('embedded', { kind: 'embedded' });
}

/** Loads a chat model from a picked folder; its first name is the folder's own. */
export async function loadFolder(picked: Iterable<File>): Promise<void> {
  const files = [...picked].map((file) => {
    // `folder/onnx/model.onnx`: the folder itself is not part of the model's paths.
    const [folder, ...names] = file.webkitRelativePath.split('/');
    return { folder, path: names.join('/'), file };
  });
  const folder = files[0]?.folder ?? '';
  // These two names say something else in the settings.
  const name = folder === 'off' || folder === 'embedded' ? `./${folder}` : folder;
  if (name === '' || files.length > maxFiles) {
    const { message, advice } = judgeStrings.folder;
    report(new CodedError('judge.files', message(files.length), advice));
    return;
  }
  await load(name, { kind: 'folder', files: files.map(({ path, file }) => ({ path, file })) });
}

/** The rule alone decides from the next batch on. */
export function dropJudge(): void {
  wishes++;
  take(null);
  setUi({ judge: { name: 'off', state: 'off' }, judgeReport: null });
  change({ judge: 'off' });
}

/** Loads the present choice again, with the settings as they are now. */
export async function reloadJudge(): Promise<void> {
  if (chosen) await load(chosen.order.plan.name, chosen.order.choice);
}

/** The run's own judge, for questions that are not the run's; what it has said before it says from its cache. */
export const labJudge: Judge = {
  id: 'lab',
  judge: (requests) =>
    engine
      ? engine.api.askJudge(requests)
      : Promise.resolve(requests.map(() => ({ asked: false, reason: 'judge not loaded' }))),
};

/** A run begins in a fresh engine: the judge its settings name is asked in it, from its first batch on. */
export function attachJudge(next: Engine, config: RunConfig): void {
  engine = next;
  const { judge: name } = config;
  const wish = ++wishes;
  if (name === chosen?.order.plan.name) {
    hand(chosen);
    return;
  }
  // The engine that asked it is gone.
  if (chosen) end(chosen.host);
  chosen = null;
  if (name !== 'embedded') {
    setUi({ judge: { name, state: name === 'off' ? 'off' : 'wanted' } });
    return;
  }
  const order = orderOf(name, { kind: 'embedded' }, config);
  setUi({ judge: { name, state: 'loading', progress: null } });
  const host = makeHost(order);
  // Before the run opens, so that its first batch waits for the judge; what goes wrong is told with it.
  take({ order, host });
  if (order.where === 'shared') return;
  host
    .then((made) => made.load())
    .catch((error: unknown) => {
      if (wish === wishes) setUi({ judge: { name, state: 'failed', reason: reasonOf(error) } });
    });
}

// A loaded judge follows the settings that say what computes it and how it is read.
useUi.subscribe((state, before) => {
  if (!chosen || (state.draft === before.draft && state.config === before.config)) return;
  const { judge_device: where, judge_verdict: verdict } = effectiveConfig(state);
  const { order } = chosen;
  const wanted = `${where} ${verdict}`;
  if (wanted === tried || (order.where === where && order.plan.verdict === verdict)) return;
  tried = wanted;
  void reloadJudge();
});

/** More files than any model has; a home folder picked by mistake is not read. */
const maxFiles = 1000;

async function load(name: string, choice: JudgeChoice): Promise<void> {
  const wish = ++wishes;
  const before = getUi().judge;
  const order = orderOf(name, choice, effectiveConfig(getUi()));
  tried = `${order.where} ${order.plan.verdict}`;
  setUi({
    judge: { name, state: 'loading', progress: null },
    problems: getUi().problems.filter(({ code }) => code !== 'judge.unloaded'),
  });
  const host = makeHost(order);
  try {
    if (order.where !== 'shared') await (await host).load();
  } catch (error) {
    if (wish !== wishes) return;
    // The judge from before stays, and so does what is said of it.
    const reason = reasonOf(error);
    setUi({ judge: before.state === 'ready' ? before : { name, state: 'failed', reason } });
    report(
      new CodedError(
        'judge.unloaded',
        judgeStrings.unloaded.message(name, reason),
        judgeStrings.unloaded.advice,
      ),
    );
    return;
  }
  if (wish !== wishes) {
    end(host);
    return;
  }
  take({ order, host });
  change({ judge: name });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function makeHost(order: JudgeOrder): Promise<JudgeHost> {
  // The worker, and what it loads, is no part of the first visit.
  const { JudgeHost: Host } = await import('./judge-host');
  const { name } = order.plan;
  // Another judge may have been chosen meanwhile.
  const show = (view: JudgeView) => getUi().judge.name === name && setUi({ judge: view });
  return new Host(order, {
    onProgress: (progress) => show({ name, state: 'loading', progress }),
    onLoaded: (runtime) => show({ name, state: 'ready', runtime }),
  });
}

/** Puts a judge in the place of the one before, or none. */
function take(next: Chosen | null): void {
  const before = chosen;
  chosen = next;
  if (engine) hand(next);
  // An engine ends the one before itself, once what it is being asked is answered.
  else if (before) end(before.host);
}

function hand(next: Chosen | null): void {
  engine?.api
    .setJudge(
      next?.order ?? null,
      proxy(async () => {
        if (!next) throw new Error('no judge');
        return (await next.host).connect();
      }),
      proxy(() => next && end(next.host)),
    )
    .catch(report);
}

function end(host: Promise<JudgeHost>): void {
  void host.then((made) => made.end());
}

function orderOf(name: string, choice: JudgeChoice, config: RunConfig): JudgeOrder {
  const paths = choice.kind === 'folder' ? choice.files.map(({ path }) => path) : [];
  return {
    plan: { name, kind: judgeKind(paths), verdict: config.judge_verdict },
    choice,
    where: config.judge_device,
  };
}

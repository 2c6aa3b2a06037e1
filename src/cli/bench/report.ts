/**
 * @file What a bench run found: figures of all parts in one table, printed and saved with where and under what load they
 * were taken.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { AdapterSummary } from '../../gpu';
import { repositoryRoot, runOrigin } from '../files';
import { type Figure, Findings } from './findings';

export interface Origin {
  adapter: string;
  runtime: string;
  appVersion: string;
  commit: string;
  date: string;
  cores: number;
  processor: string;
  /** Threads a software adapter may use; null = all. */
  softwareThreads: number | null;
  /** Mesa's `GALLIVM_PERF` where it is set: with `nopt` lavapipe's kernels take three times as long. */
  gallivmPerf: string | null;
  /** Programs that want a core, average of a minute: above the cores that are used here, times are too long. */
  load: { begin: number; end: number };
}

export class Report extends Findings {
  private readonly adapter: AdapterSummary;
  /** Taken at the start: the tree may change while figures are taken. */
  private readonly begun: Omit<Origin, 'load'> & { load: number };

  constructor(adapter: AdapterSummary, runtime = `node ${process.version}, Dawn`, load = loadavg()[0]) {
    super();
    this.adapter = adapter;
    this.begun = { ...originOf(adapter), runtime, load };
  }

  origin(): Origin {
    return { ...this.begun, load: { begin: this.begun.load, end: loadavg()[0] } };
  }

  /** Origin and table as Markdown. */
  text(): string {
    const origin = this.origin();
    const { load } = origin;
    const busy = Math.max(load.begin, load.end) > origin.cores;
    const driver = origin.gallivmPerf ? `, GALLIVM_PERF=${origin.gallivmPerf}` : '';
    const lines = [
      `${origin.adapter}; ${origin.runtime}; commit ${origin.commit}; ${origin.date} UTC`,
      `${origin.processor}, ${origin.cores} cores, software adapter on ${origin.softwareThreads ?? 'all'} of them${driver}; load ${load.begin.toFixed(1)} at the start, ${load.end.toFixed(1)} at the end${busy ? ': PROVISIONAL, other programs held the cores' : ''}`,
    ];
    return `${lines.join('\n\n')}\n\n${tableText(this.figures)}\n`;
  }

  /** Writes `<stem>.md` and `<stem>.json`. @param out a path, with or without an extension; a dated name by default. */
  async save(out: string | undefined, parts: readonly string[]): Promise<string> {
    const { vendor, architecture, description } = this.adapter;
    const software = /swiftshader|llvmpipe|lavapipe/i.exec(`${architecture} ${description}`)?.[0];
    const kind = (software ?? (vendor || 'gpu')).replace(/\W+/g, '-').toLowerCase();
    const name = `${new Date().toISOString().slice(0, 10)}-${parts.join('-')}-${kind}`;
    const stem = resolve(out ?? join(repositoryRoot(), 'bench/results', name)).replace(/\.(json|md)$/, '');
    await mkdir(dirname(stem), { recursive: true });
    const { figures, details } = this;
    await writeFile(`${stem}.json`, `${JSON.stringify({ ...this.origin(), figures, details }, null, 1)}\n`);
    await writeFile(`${stem}.md`, this.text());
    return `${stem}.md`;
  }
}

function originOf(adapter: AdapterSummary) {
  const { appVersion, commit, adapterClass } = runOrigin(adapter, {
    id: 'none',
    title: 'none',
    text: '',
    source: 'generated',
  });
  const threads = Number(process.env.LP_NUM_THREADS);
  return {
    adapter: adapterClass,
    appVersion,
    commit: `${commit}${hasChanges() ? ' with changes' : ''}`,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    softwareThreads: Number.isInteger(threads) && threads > 0 ? threads : null,
    gallivmPerf: process.env.GALLIVM_PERF || null,
  };
}

const heads = ['part', 'what', 'at', 'value', 'unit', 'runs', 'of roofline (best)', 'note'];

/** The figures as a Markdown table with aligned columns. */
export function tableText(figures: readonly Figure[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  const rows = figures.map(({ part, what, at, value, unit, runs, ofRoofline, note }) => [
    part,
    what,
    at,
    shown(value),
    unit,
    String(runs),
    ofRoofline ? `${percent(ofRoofline.median)} (${percent(ofRoofline.best)})` : '',
    note ?? '',
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 3 ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

/** Who is faster, and by how much. */
export function verdict(ours: number, peer: number): string {
  return peer > ours
    ? `THE PEER WINS, ${(peer / ours).toFixed(2)}× as fast`
    : `Longview ${(ours / peer).toFixed(2)}× as fast`;
}

/** Three digits that count; a dash where there is no figure. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(6, digits));
}

function hasChanges(): boolean {
  try {
    const changes = execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], {
      cwd: repositoryRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return changes.trim() !== '';
  } catch {
    return false;
  }
}

/**
 * @file The bench in Chrome: `scripts/bench-chrome.mjs` builds `bench/chrome/`, a page of the same sources, and drives a
 * real browser through it; what its worker found comes back as a report like any other.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CodedError } from '../../errors';
import type { AdapterSummary } from '../../gpu';
import { repositoryRoot } from '../files';
import type { DevicePart } from './device-parts';
import type { Figure } from './findings';
import { Report } from './report';

/** What the page is asked for. */
export interface ChromeRequest {
  parts: readonly DevicePart[];
  repeats: number;
  lengths: readonly number[] | null;
}

/** What the page's worker says at the end: findings as plain data, or the error that ended it. */
export type ChromeAnswer =
  | {
      outcome: 'done';
      adapter: AdapterSummary;
      figures: Figure[];
      faults: Pick<CodedError, 'code' | 'message' | 'advice'>[];
      details: Record<string, unknown>;
    }
  | { outcome: 'failed'; code: string; message: string; advice: string };

type Driver = typeof import('../../../scripts/bench-chrome.mjs');

/** @throws CodedError `bench.no_browser`, `gpu.*`, and whatever a part throws in the page. */
export async function benchInChrome(request: ChromeRequest): Promise<Report> {
  const load = loadavg()[0];
  // Not bundled with the command line: it builds and drives, with packages that only it needs.
  const path = join(repositoryRoot(), 'scripts/bench-chrome.mjs');
  const driver: Driver = await import(pathToFileURL(path).href);
  const { answer, browser } = await driver.runInChrome(request, (text) => console.error(text));
  if (answer.outcome === 'failed') throw new CodedError(answer.code, answer.message, answer.advice);
  const report = new Report(answer.adapter, browser, load);
  report.add(...answer.figures);
  report.faults.push(
    ...answer.faults.map(({ code, message, advice }) => new CodedError(code, message, advice)),
  );
  Object.assign(report.details, answer.details);
  return report;
}

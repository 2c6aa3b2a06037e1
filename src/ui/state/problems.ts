/** @file What went wrong, as the page shows it: a code, a sentence, advice, and what a person can do about it. */
import { asCodedError, CodedError } from '../../errors';

export interface Problem {
  code: string;
  message: string;
  advice: string;
  /** `fatal`: training has ended or cannot begin. `refused`: something asked for was not done, all else goes on. */
  severity: 'fatal' | 'refused';
}

/** The run goes on after these. */
const refusedCodes =
  /^(attention|config|document|evaluation|export|judge|link|question|replay|sampling|store)\.|^(run\.rebuilt|pool\.empty)$/;

/** What keeps a browser from training at all; a recorded run can be looked at all the same. */
const untrainableCodes: readonly string[] = ['gpu.none', 'gpu.no_adapter', 'gpu.insecure'];

export function isUntrainable({ code }: Pick<Problem, 'code'>): boolean {
  return untrainableCodes.includes(code);
}

export function makeProblem(code: string, message: string, advice: string): Problem {
  return { code, message, advice, severity: refusedCodes.test(code) ? 'refused' : 'fatal' };
}

/**
 * Any thrown value as a problem. Workers throw plain `{ code, message, advice }` objects: an Error loses its code on
 * its way through postMessage.
 */
export function problemOf(thrown: unknown): Problem {
  const coded = isCoded(thrown) ? thrown : asCodedError(thrown);
  return makeProblem(coded.code, coded.message, coded.advice);
}

function isCoded(value: unknown): value is Pick<CodedError, 'code' | 'message' | 'advice'> {
  if (value instanceof CodedError) return true;
  if (typeof value !== 'object' || value === null) return false;
  return ['code', 'message', 'advice'].every((key) => typeof Reflect.get(value, key) === 'string');
}

/** The list with one more, the newest first; the same sentence stands once. */
export function addProblem(problems: readonly Problem[], problem: Problem): Problem[] {
  const others = problems.filter(({ code, message }) => code !== problem.code || message !== problem.message);
  return [problem, ...others].slice(0, 4);
}

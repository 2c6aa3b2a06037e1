/** @file What went wrong, as the page shows it: a code, a sentence, advice, and what a person can do about it. */
import { asCodedError, CodedError } from '../../errors';
import type { MemoryWay } from '../../run/memory-ways';

export interface Problem {
  code: string;
  message: string;
  advice: string;
  /** `fatal`: training has ended or cannot begin. `refused`: something asked for was not done, all else goes on. */
  severity: 'fatal' | 'refused';
  /** Settings with which a run that was refused for its memory fits. */
  ways?: readonly MemoryWay[];
}

/** The run goes on after these. */
const refusedCodes =
  /^(answer|attention|config|document|evaluation|export|judge|link|question|replay|sampling|store)\.|^(run\.rebuilt|pool\.empty)$/;

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

/** The list with one more, the newest first; the same sentence stands once, with all that is known of it. */
export function addProblem(problems: readonly Problem[], problem: Problem): Problem[] {
  const isSame = ({ code, message }: Problem) => code === problem.code && message === problem.message;
  const others = problems.filter((other) => !isSame(other));
  return [{ ...problems.find(isSame), ...problem }, ...others].slice(0, 4);
}

/**
 * @file Errors as values with advice: every failure a person can meet has a code, a sentence that says what
 * happened and what is safe, and a way on.
 */

export class CodedError extends Error {
  override name = 'CodedError';
  /** Stable dotted word such as `gpu.lost`; page and command line show the same one. */
  readonly code: string;
  /** What the person can do now, one sentence. */
  readonly advice: string;

  constructor(code: string, message: string, advice: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.advice = advice;
  }
}

/** A coded error that leaves the run whole: it stands at its last finished step and can go on, with other settings or not. */
export class RunPause extends CodedError {}

/** Any thrown value as a coded error; unknown ones become `internal`. */
export function asCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CodedError('internal', message, 'Reload the page; the run folder is safe up to its last step.', {
    cause: error,
  });
}

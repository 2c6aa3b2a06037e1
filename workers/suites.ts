/** @file The heat table of a run: suites of its document × lengths × depths, asked on demand and kept in its folder. */
import type { Evaluated } from '../src/evaluation/suites';
import { documentSuites } from '../src/run/document-suites';
import { askedKey, evaluationName, writeEvaluation } from '../src/run/evaluation-files';
import type { Session } from '../src/run/session';
import type { FileStore } from '../src/run/store';
import type { EventBody, SuitesRequest } from './protocol';

/** Asks every cell and writes the answers; the weights do not change. @throws CodedError `evaluation.plan`, `gpu.*`, `store.*`. */
export async function askSuites(
  session: Session,
  request: SuitesRequest,
  store: FileStore,
  emit: (event: EventBody) => void,
): Promise<Evaluated> {
  const { seed, policy, 'reward.rule': rule } = session.config;
  const suites = documentSuites(session.document, session.tokenizer, seed);
  const wanted = suites.length * request.buckets.length * request.depths.length * request.questions;
  emit({ type: 'phase', step: session.stepsDone, phase: 'evaluate', round: 0, kept: 0, wanted });
  const ks = [...new Set([1, request.samples])];
  const result = await session.evaluateSuites({ ...request, suites, ks, seed }, (done, cells) =>
    emit({ type: 'suites', done, cells }),
  );
  const subject = { policy, step: session.stepsDone, rule, documentId: session.document.id };
  await writeEvaluation(
    store,
    evaluationName(subject.step, askedKey(result.table.plan, subject)),
    subject,
    result,
  );
  return result;
}

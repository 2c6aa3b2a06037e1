/** @file A question before it is bound to a document and a window. */
import type { DocumentQuestion } from './types';

export type QuestionDraft = Pick<DocumentQuestion, 'family' | 'text' | 'answers' | 'evidence' | 'reasoning'>;

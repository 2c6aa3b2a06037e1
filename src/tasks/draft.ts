/** @file A question before it is bound to a document and a window. */
import type { Question } from './types';

export type QuestionDraft = Pick<Question, 'family' | 'text' | 'answers' | 'evidence' | 'reasoning'>;

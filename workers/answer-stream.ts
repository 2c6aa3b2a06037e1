/** @file What the page sees of answers while they are written: those to one question, a few times a second. */
import type { PartialAnswer, RolloutWatch } from '../src/policy/types';
import type { PromptItem } from '../src/rl/types';
import { questionView } from '../src/run/step-view';
import type { EventBody } from './protocol';

/** At most four a second. */
const intervalMs = 250;

export interface StreamPlace {
  step: number;
  decode(tokens: Uint32Array): string;
  emit(event: EventBody): void;
  /** The step stops before its next part, so that there is time to read all answers. */
  stops: boolean;
}

export class AnswerStream {
  /** Somebody looks; while nobody does, nothing is read back. */
  isWanted = false;
  private sentMs = Number.NEGATIVE_INFINITY;

  watch(uid: string, item: PromptItem, { step, decode, emit, stops }: StreamPlace): RolloutWatch {
    const send = (answers: PartialAnswer[], whole: boolean) => {
      this.sentMs = performance.now();
      emit({
        type: 'answering',
        answering: {
          uid,
          step,
          question: questionView(item),
          whole,
          answers: answers.map(({ tokens, ended }) => ({
            text: decode(tokens),
            tokens: tokens.length,
            ended,
          })),
        },
      });
    };
    return {
      wants: () => this.isWanted && performance.now() - this.sentMs >= intervalMs,
      onAnswers: (answers) => send(answers, false),
      // Where the step goes on, the same answers come scored at once.
      onWhole: (answers) => stops && send(answers, true),
    };
  }
}

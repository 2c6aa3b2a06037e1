/** @file Groups as the engine sends them, with numbers that do not matter unless a test says so. */
import type { ShownObjective } from '../../src/ui/panels/answer-terms';
import type { AnswerView, GroupView } from '../../workers/protocol';

/** The clipped objective with the bounds of the released script. */
export const vanillaObjective: ShownObjective = {
  lossMode: 'vanilla',
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioC: 0,
  tauPos: 1,
  tauNeg: 1.05,
  klType: 'k3',
};

interface GroupOptions {
  uid?: string;
  step?: number;
  /** Optimiser update that used the group; 0 = not learned from. */
  update?: number;
  answers?: Partial<AnswerView>[];
}

export function makeGroup({
  uid = '1-1-0',
  step = 1,
  update = 1,
  answers = [{}],
}: GroupOptions = {}): GroupView {
  return {
    uid,
    step,
    questionId: uid,
    documentId: 'document',
    question: 'Who?',
    family: 'lookup',
    gold: ['Ada'],
    window: { start: 0, end: 10 },
    evidence: [{ start: 2, end: 5 }],
    promptTokens: 10,
    mean: 0.5,
    std: 0.5,
    kept: true,
    dropReason: null,
    answers: answers.map((changes) => makeAnswer(update, changes)),
  };
}

function makeAnswer(update: number, changes: Partial<AnswerView>): AnswerView {
  const old = changes.oldLogprobs ?? Float32Array.of(-1, -2);
  return {
    text: 'Ada',
    tokenTexts: Array.from(old, () => 'a'),
    tokens: new Uint32Array(old.length),
    sampledLogprobs: old,
    oldLogprobs: update > 0 ? old : null,
    newLogprobs: update > 0 ? old.slice() : null,
    entropies: new Float32Array(old.length),
    update,
    advantage: 1,
    score: {
      rule: 1,
      judge: { asked: false, reason: 'rule_right' },
      base: 1,
      overlong: 0,
      total: 1,
      correct: true,
      parsed: 'Ada',
      reason: 'match',
    },
    finish: 'stop',
    ...changes,
  };
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PartialAnswer } from '../../src/policy/types';
import { AnswerStream } from '../../workers/answer-stream';
import type { EventBody } from '../../workers/protocol';
import { lengthTasks } from '../support/fake-trainer';

afterEach(() => void vi.useRealTimers());

const partial: PartialAnswer[] = [
  { tokens: Uint32Array.of(1, 2), ended: false },
  { tokens: Uint32Array.of(3), ended: true },
];

function streamed(stops = false) {
  vi.useFakeTimers({ toFake: ['performance'] });
  const sent: EventBody[] = [];
  const stream = new AnswerStream();
  const decode = (tokens: Uint32Array) => [...tokens].join(' ');
  const item = lengthTasks().item(0);
  const watch = stream.watch('1-1-0', item, { step: 1, decode, emit: (event) => sent.push(event), stops });
  return { stream, watch, sent };
}

describe('the stream of answers that are being written', () => {
  it('wants nothing while nobody looks', () => {
    const { stream, watch } = streamed();
    expect(watch.wants()).toBe(false);
    stream.isWanted = true;
    expect(watch.wants()).toBe(true);
  });

  it('sends at most four a second', () => {
    const { stream, watch, sent } = streamed();
    stream.isWanted = true;
    for (let ms = 0; ms < 1000; ms += 10) {
      if (watch.wants()) watch.onAnswers(partial);
      vi.advanceTimersByTime(10);
    }
    expect(sent).toHaveLength(4);
    expect(sent[0]).toMatchObject({
      type: 'answering',
      answering: {
        uid: '1-1-0',
        whole: false,
        answers: [
          { text: '1 2', tokens: 2, ended: false },
          { text: '3', tokens: 1, ended: true },
        ],
      },
    });
  });

  it('sends answers that have ended only where the step stops before it scores them', () => {
    const going = streamed();
    going.watch.onWhole(partial);
    expect(going.sent).toHaveLength(0);
    const stopping = streamed(true);
    stopping.watch.onWhole(partial);
    expect(stopping.sent).toMatchObject([{ answering: { whole: true } }]);
  });
});

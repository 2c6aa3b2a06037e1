import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import type { PolicyTokenizer } from '../../src/policy/tokenizer';
import { BLANK } from '../../src/tasks/cloze';
import { DOCUMENT_KINDS, generateDocument } from '../../src/tasks/documents';
import { TaskError } from '../../src/tasks/errors';
import { makeQuestions } from '../../src/tasks/questions';
import type { DocumentFamily, LongDocument, Question } from '../../src/tasks/types';
import { imported, LEGAL_TEXT, shippedTokenizer } from '../support/texts';

let tokenizer: PolicyTokenizer;
beforeAll(() => {
  tokenizer = shippedTokenizer();
});

const ask = (
  document: LongDocument,
  windowTokens: number,
  count: number,
  seed: number,
  families?: DocumentFamily[],
) => makeQuestions(document, { windowTokens, count, seed, families, countTokens: tokenizer.countTokens });

const occurrences = (text: string, piece: string): number => text.split(piece).length - 1;

/** What every question promises, whatever the text. */
function expectSound(document: LongDocument, question: Question, windowTokens: number): void {
  const { window, evidence, answers, text, family, reasoning } = question;
  const windowText = document.text.slice(window.start, window.end);
  expect(tokenizer.countTokens(windowText)).toBeLessThanOrEqual(windowTokens);
  expect(text).not.toMatch(/[\n\r]/);
  for (const span of evidence) {
    expect(span.start).toBeGreaterThanOrEqual(window.start);
    expect(span.end).toBeLessThanOrEqual(window.end);
  }
  const pieces = evidence.map((span) => document.text.slice(span.start, span.end));
  for (const piece of pieces) expect(reasoning).toContain(piece);
  if (family === 'cloze') {
    expect(pieces).toEqual([answers[0]]);
    const left = text.slice('Fill the blank: '.length, text.indexOf(BLANK));
    expect(occurrences(windowText, left)).toBe(1);
    expect(windowText).toContain(left + answers[0]);
    expect(text.replace(BLANK, answers[0])).toBe(`Fill the blank:${reasoning}`);
  } else if (family === 'sum') {
    const numbers = pieces.map((piece) => Number(/\d+/.exec(piece)?.[0]));
    expect(numbers[0] + numbers[1]).toBe(Number(answers[0]));
    expect(reasoning.endsWith(`= ${answers[0]}`)).toBe(true);
  } else {
    expect(pieces.at(-1)).toContain(answers[0]);
    expect(windowText).toContain(answers[0]);
  }
}

describe('questions on generated documents', () => {
  it.each(DOCUMENT_KINDS.map((kind) => kind.name))('%s gives sound questions of every family', (kind) => {
    const document = generateDocument({ seed: 3, kind, characters: 20_000 });
    const questions = ask(document, 128, 40, 5);
    expect(questions).toHaveLength(40);
    for (const question of questions) expectSound(document, question, 128);
    expect(new Set(questions.map((question) => question.family)).size).toBe(4);
  });

  it('ask two-hop questions without naming the person in between', () => {
    const document = generateDocument({ seed: 6, kind: 'voyage', characters: 20_000 });
    for (const question of ask(document, 160, 20, 1, ['two-hop'])) {
      const [first] = question.evidence;
      const fact = document.facts.find((f) => f.core.start === first.start);
      expect(question.text).not.toContain(fact?.object);
      expect(question.evidence).toHaveLength(2);
    }
  });

  it('depend on the seed alone', () => {
    const document = generateDocument({ seed: 3, characters: 20_000 });
    expect(ask(document, 96, 12, 7)).toEqual(ask(document, 96, 12, 7));
    expect(ask(document, 96, 12, 7)).not.toEqual(ask(document, 96, 12, 8));
    expect(ask(document, 96, 12, 7).slice(0, 5)).toEqual(ask(document, 96, 5, 7));
  });
});

describe('cloze questions on any text', () => {
  it('are sound on hard-wrapped legal prose', () => {
    const document = imported(LEGAL_TEXT);
    for (const windowTokens of [64, 128, 256]) {
      const questions = ask(document, windowTokens, 24, 2);
      expect(questions).toHaveLength(24);
      for (const question of questions) expectSound(document, question, windowTokens);
    }
  });

  it('spread over the depth of the window', () => {
    const questions = ask(imported(LEGAL_TEXT.repeat(4)), 256, 60, 2);
    const depths = questions.map(
      (q) => (q.evidence[0].start - q.window.start) / (q.window.end - q.window.start),
    );
    expect(depths.filter((depth) => depth < 0.4).length).toBeGreaterThan(8);
    expect(depths.filter((depth) => depth > 0.6).length).toBeGreaterThan(8);
  });

  it('tokenise the fragment alike in document, question and reasoning', () => {
    const document = imported(LEGAL_TEXT);
    for (const question of ask(document, 200, 30, 4)) {
      const windowIds = tokenizer
        .encode(document.text.slice(question.window.start, question.window.end))
        .join(',');
      expect(`,${windowIds},`).toContain(`,${tokenizer.encode(question.reasoning).join(',')},`);
    }
  });

  it('work on scripts without spaces', () => {
    const text =
      '图书馆在每个星期一关闭。读者可以借阅十本书，期限为三十天。逾期的读者每天支付五分钱。'.repeat(3);
    const document = imported(text.replace(/。/g, '。\n').replace('星期一', '星期三'));
    for (const question of ask(document, 256, 4, 1)) expectSound(document, question, 256);
  });

  it('stay fast on a text of several megabytes', () => {
    const paragraphs = generateDocument({ seed: 1, characters: 100_000 }).text;
    const document = imported(paragraphs.repeat(50));
    const start = performance.now();
    for (const question of ask(document, 256, 16, 1)) expectSound(document, question, 256);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('throw nothing but task errors, whatever the text', () => {
    const countTokens = (text: string) => Math.ceil(new TextEncoder().encode(text).length / 2);
    const words = fc.array(
      fc.constantFrom('the ', 'Anna ', '42 ', 'harbour ', '\n', '. ', '____ ', 'e\u0301 ', '😀 '),
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ maxLength: 400 }),
      words.map((w) => w.join('')),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 16, max: 200 }), fc.nat(), (text, windowTokens, seed) => {
        try {
          const document = imported(text);
          for (const question of makeQuestions(document, { windowTokens, count: 3, seed, countTokens })) {
            const { window, evidence, answers } = question;
            expect(countTokens(text.slice(window.start, window.end))).toBeLessThanOrEqual(windowTokens);
            expect(text.slice(evidence[0].start, evidence[0].end)).toBe(answers[0]);
          }
        } catch (error) {
          if (!(error instanceof TaskError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('texts that are none', () => {
  const codeOf = (text: string, windowTokens = 128): string => {
    try {
      ask(imported(text), windowTokens, 4, 1);
    } catch (error) {
      if (error instanceof CodedError) return `${error.name} ${error.code}`;
      throw error;
    }
    return 'none';
  };

  it('are refused with a code and advice', () => {
    expect(codeOf('')).toBe('TaskError document.empty');
    expect(codeOf(' \n\t ')).toBe('TaskError document.empty');
    expect(codeOf('Two words.')).toBe('TaskError document.too_short');
    expect(codeOf('\u0000\u0001PNG\u0002 \ufffd\ufffd data'.repeat(40))).toBe('TaskError document.binary');
    expect(codeOf(LEGAL_TEXT, 3)).toBe('TaskError questions.invalid_options');
    expect(codeOf(LEGAL_TEXT)).toBe('none');
  });
});

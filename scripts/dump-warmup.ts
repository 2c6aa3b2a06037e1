/**
 * @file Writes warm-up items as JSON lines for a trainer outside the browser.
 *
 * Usage: node scripts/longview.mjs --script scripts/dump-warmup.ts [--out DIR] [--items N] [--seed S] [--text FILE]
 * A line is `{"prefix": ids, "segments": [{"ids", "mask", "family"}]}`; each segment continues the prefix on its own, and
 * mask 1 marks tokens to learn.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PolicyTokenizer } from '../src/policy/tokenizer';
import { makeQuestions } from '../src/tasks/questions';
import { Random } from '../src/tasks/random';
import type { LongDocument } from '../src/tasks/types';
import { type WarmupExample, warmupExample } from '../src/tasks/warmup';

interface Segment {
  ids: number[];
  mask: number[];
  family: string;
}

const EVAL_ITEMS = 512;

const readJson = (file: string): unknown =>
  JSON.parse(readFileSync(path.resolve(process.env.LONGVIEW_ROOT ?? '.', 'public/policy', file), 'utf8'));
const tokenizer = new PolicyTokenizer(readJson('tokenizer.json'), readJson('tokenizer_config.json'));
const { countTokens } = tokenizer;

/** Vocabulary entries that are letters only: what `tokens` text is woven from. */
const pieces = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]).trim()).filter(
  (text) => /^\p{L}{2,}$/u.test(text),
);

function answered(question: string, reasoning: string, answer: string, family: string): Segment {
  const head = tokenizer.buildQuestion(question);
  const tail = [...tokenizer.buildAnswer(reasoning, answer)];
  return { ids: [...head, ...tail], mask: [...head.map(() => 0), ...tail.map(() => 1)], family };
}

/** Restated pieces in one segment; a token counts once the two before it, in the piece, stand only once in the window. */
function restated(example: WarmupExample, prefix: readonly number[]): Segment | null {
  const followers = new Map<string, Set<number>>();
  for (let i = 2; i < prefix.length; i++) {
    const key = `${prefix[i - 2]},${prefix[i - 1]}`;
    const next = followers.get(key);
    if (next) next.add(prefix[i]);
    else followers.set(key, new Set([prefix[i]]));
  }
  const ids: number[] = tokenizer.buildQuestion('Repeat.');
  const mask: number[] = ids.map(() => 0);
  for (const piece of example.restatements) {
    const tokens = tokenizer.encode(piece);
    tokens.forEach((token, i) => {
      const next = i < 2 ? undefined : followers.get(`${tokens[i - 2]},${tokens[i - 1]}`);
      mask.push(next?.size === 1 && next.has(token) ? 1 : 0);
      ids.push(token);
    });
  }
  return mask.includes(1) ? { ids, mask, family: 'restate' } : null;
}

function writeLines(out: string, name: string, count: number, line: (index: number) => unknown): void {
  const file = openSync(path.join(out, name), 'w');
  for (let index = 0; index < count; index++) writeSync(file, `${JSON.stringify(line(index))}\n`);
  closeSync(file);
  console.log(`${name}: ${count} items`);
}

function warmupItem(index: number, low: number, high: number, questions: number, fileSeed: number): unknown {
  const windowTokens = new Random(fileSeed, index, 7).between(low, high);
  const example = warmupExample(fileSeed, index, { windowTokens, questions, countTokens, pieces });
  const prefix = [...tokenizer.buildPrefix(example.window).ids];
  const segments = example.questions.map(({ text, reasoning, answers, family }) =>
    answered(text, reasoning, answers[0], family === 'cloze' ? `cloze-${example.source}` : family),
  );
  const dense = questions > 1 ? restated(example, prefix) : null;
  return { source: example.source, prefix, segments: dense === null ? segments : [dense, ...segments] };
}

export async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      out: { type: 'string', default: '/tmp/warmup' },
      items: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      text: { type: 'string', default: '/usr/share/common-licenses/GPL-3' },
    },
  });
  const { out } = values;
  const items = Number(values.items);
  const seed = Number(values.seed);
  mkdirSync(out, { recursive: true });
  const text = readFileSync(values.text, 'utf8');
  const real: LongDocument = { id: 'real', title: '', text, source: 'imported' };
  for (const window of [128, 256]) {
    const questions = makeQuestions(real, {
      windowTokens: window,
      count: EVAL_ITEMS,
      seed: seed + 1000,
      countTokens,
    });
    writeLines(out, `eval_real_${window}.jsonl`, questions.length, (index) => {
      const question = questions[index];
      const prefix = [
        ...tokenizer.buildPrefix(real.text.slice(question.window.start, question.window.end)).ids,
      ];
      return {
        source: 'real',
        prefix,
        segments: [answered(question.text, question.reasoning, question.answers[0], 'cloze-real')],
      };
    });
  }
  for (const window of [96, 128, 192, 256]) {
    writeLines(out, `eval_${window}.jsonl`, EVAL_ITEMS, (index) => {
      // An item with several questions keeps all families alive; one of them is kept, so that items are independent.
      const item = warmupItem(index, window, window, 8, seed + 2000) as {
        prefix: number[];
        segments: Segment[];
      };
      const asked = item.segments.filter((segment) => segment.family !== 'restate');
      return { ...item, segments: [asked[new Random(seed, index, 9).int(asked.length)]] };
    });
  }
  for (const [low, high] of [
    [32, 64],
    [64, 96],
    [96, 128],
  ]) {
    writeLines(out, `train_${low}_${high}.jsonl`, items, (index) =>
      warmupItem(index, low, high, 8, seed * 100 + high),
    );
  }
  return 0;
}

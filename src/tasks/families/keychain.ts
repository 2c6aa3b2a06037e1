/**
 * @file KeyChain (LoongRL, arXiv 2510.19363): the question itself is hidden. Key leads to key, the last one to a
 * question about the same document; other chains end in other questions that have answers of their own.
 */
import type { Random } from '../random';
import { drawChain } from './chain';
import { checkWhole } from './dials';
import type { DraftOptions, FamilyDraft, Passage } from './types';
import { World } from './world';

export interface KeychainDials {
  /** Keys of a chain, the last of which holds the question; 1 to 32. Default 2, 3 or 4 by length. */
  links?: number;
  /** Chains, the right one among them; 2 to 32. Default 2, 3 or 4 by length. */
  chains?: number;
  /** Hops of the hidden question, 1 to 4. Default 1, or 2 from 768 tokens on. */
  hops?: number;
  /** `uuid`, or `short` keys of eight hexadecimal digits. Default `uuid` from 1536 tokens on. */
  keys?: 'uuid' | 'short';
}

/** Random hexadecimal digits; a UUID has the version and variant of a random one. */
function drawKey(random: Random, kind: 'uuid' | 'short'): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random.int(16).toString(16)).join('');
  if (kind === 'short') return `${hex(4)}-${hex(4)}`;
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick('89ab')}${hex(3)}-${hex(12)}`;
}

export function keychain(
  { random, tokens, short, distinct }: DraftOptions,
  dials: KeychainDials,
): FamilyDraft {
  checkWhole('links', dials.links, 1, 32);
  checkWhole('chains', dials.chains, 2, 32);
  checkWhole('hops', dials.hops, 1, 4);
  const size = tokens < 448 ? 2 : tokens < 1536 ? 3 : 4;
  const { links = size, chains = size, hops = tokens < 768 ? 1 : 2 } = dials;
  const { keys: kind = tokens < 1536 ? 'short' : 'uuid' } = dials;
  const world = new World(random, distinct);
  const taken = new Set<string>();
  const newKey = (): string => {
    for (;;) {
      const key = drawKey(random, kind);
      if (taken.has(key)) continue;
      taken.add(key);
      return key;
    }
  };
  const all = Array.from({ length: chains }, () => {
    const keys = Array.from({ length: links }, newKey);
    const hidden = drawChain(world, random, { hops, short, lookAlikes: 1 });
    const lines = keys.map((key, i) =>
      i < links - 1
        ? `The key ${key} leads to the key ${keys[i + 1]}`
        : `The key ${key} asks: ${hidden.question}`,
    );
    return { keys, hidden, lines };
  });
  const [{ keys, hidden, lines }, ...others] = all;
  // Each of the other chains is whole: its keys, its question and the facts that answer it.
  const otherChains = others.flatMap((chain) => [
    ...chain.lines.map((line) => linePassage(line, false)),
    ...chain.hidden.evidence.map(({ text }): Passage => ({ text, evidence: [] })),
  ]);
  return {
    title: 'Collected articles',
    question: {
      text: `Begin at the key ${keys[0]}, follow the keys to a question and answer it.`,
      answers: [hidden.answer],
      reasoning: ` First, follow the keys. ${lines.map(sentence).join(' ')} Now the question.${hidden.reasoning}`,
    },
    evidence: [...lines.map((line) => linePassage(line, true)), ...hidden.evidence],
    nearMisses: [...otherChains, ...hidden.nearMisses],
    requiredNearMisses: otherChains.length,
    filler: () => world.filler(),
  };
}

/** A question closes its own sentence. */
const sentence = (line: string): string => (line.endsWith('?') ? line : `${line}.`);

function linePassage(line: string, isEvidence: boolean): Passage {
  return { text: sentence(line), evidence: isEvidence ? [{ start: 0, end: line.length }] : [] };
}

/**
 * @file The policy's tokenizer: a byte-level BPE in Hugging Face format, and the layout of prompts and answers.
 *
 *     prompt = [<|bos|>] [<text>] window [</text>] \n question \n [<think>]
 *     answer = reasoning [</think>] " Therefore, the answer is X." [<|eos|>]
 *
 * Documents and questions are untrusted: words such as `</think>` in them are spelled out in ordinary tokens and never
 * become the special token. The library is therefore given the vocabulary without its added tokens; this file alone
 * places special ids.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { CodedError } from '../errors';
import { byWord } from './encoded-words';

export const TEXT_OPEN = '<text>';
export const TEXT_CLOSE = '</text>';
export const THINK_OPEN = '<think>';
export const THINK_CLOSE = '</think>';

export type TokenizerErrorCode = 'tokenizer.invalid' | 'tokenizer.not_byte_level';

/** A tokenizer folder that cannot be used, with what is wrong with it. */
export class TokenizerError extends CodedError {
  override name = 'TokenizerError';

  constructor(code: TokenizerErrorCode, message: string) {
    super(
      code,
      message,
      'Use the tokenizer.json and tokenizer_config.json of a Qwen2-type (byte-level BPE) model.',
    );
  }
}

/** Half-open range [start, end): of UTF-16 units in a text, or of tokens in a sequence. */
export interface Range {
  start: number;
  end: number;
}

/** Tokens of a text with the characters each one covers. A character split over tokens belongs to all of them. */
export interface EncodedText {
  ids: number[];
  spans: Range[];
}

export interface EncodedPrompt {
  ids: Uint32Array;
  /** Where the window's tokens stand in `ids`. */
  window: Range;
  /** Characters of the window text covered by each of its tokens. */
  windowSpans: Range[];
}

/** One token by itself. */
export interface PieceText {
  /** Its text; of bytes that are no whole characters their hexadecimal digits; '' for an id without a token. */
  text: string;
  kind: 'text' | 'bytes' | 'special' | 'unused';
}

interface AddedToken {
  id: number;
  content: string;
}

interface TokenizerJson {
  added_tokens?: AddedToken[];
  model: { type?: string; vocab: Record<string, number> };
  [section: string]: unknown;
}

/** Tokens that frame a sequence and carry no text; decoding drops them. */
const FRAME_TOKENS = ['pad_token', 'bos_token', 'eos_token'] as const;
type FrameToken = (typeof FRAME_TOKENS)[number];

/** GPT-2's printable stand-ins for the 256 bytes. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let shifted = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : 256 + shifted++),
  );
})();

const BYTE_OF_CHARACTER = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

export class PolicyTokenizer {
  readonly vocabSize: number;
  /** Bytes of the longest ordinary token. */
  readonly longestPiece: number;
  readonly padId: number;
  readonly bosId: number | null;
  readonly eosId: number;
  readonly #encode: (text: string) => number[];
  readonly #added = new Map<string, number>();
  /** Bytes of every ordinary token, text of every added one, by id. */
  readonly #pieces: (Uint8Array | string | undefined)[] = [];
  readonly #dropped = new Set<number>();
  readonly #encoder = new TextEncoder();

  /**
   * @param tokenizerJson The parsed `tokenizer.json`.
   * @param configJson The parsed `tokenizer_config.json`.
   * @throws TokenizerError where the files are no byte-level BPE tokenizer.
   */
  constructor(tokenizerJson: unknown, configJson: unknown) {
    const json = checkedJson(tokenizerJson);
    const config = checkedConfig(configJson);
    const added = json.added_tokens ?? [];
    for (const { content, id } of added) this.#added.set(content, id);
    const vocab = Object.fromEntries(
      Object.entries(json.model.vocab).filter(([token]) => !this.#added.has(token)),
    );
    const library = new Tokenizer(
      { ...json, added_tokens: [], post_processor: null, model: { ...json.model, vocab } },
      { clean_up_tokenization_spaces: false },
    );
    this.#encode = byWord((text) => library.encode(text, { add_special_tokens: false }).ids, json);
    for (const [token, id] of Object.entries(vocab)) {
      this.#pieces[id] = Uint8Array.from(token, (character) => {
        const byte = BYTE_OF_CHARACTER.get(character);
        if (byte !== undefined) return byte;
        throw new TokenizerError(
          'tokenizer.not_byte_level',
          `Token ${id} of this tokenizer is not byte-level.`,
        );
      });
    }
    for (const { content, id } of added) this.#pieces[id] = content;
    this.vocabSize = this.#pieces.length;
    this.longestPiece = this.#pieces.reduce<number>(
      (most, piece) => (piece instanceof Uint8Array ? Math.max(most, piece.length) : most),
      1,
    );
    const frame = (name: FrameToken): number | null => {
      const id = this.#added.get(config[name] ?? '');
      if (id === undefined) return null;
      this.#dropped.add(id);
      return id;
    };
    const eos = frame('eos_token');
    if (eos === null)
      throw new TokenizerError('tokenizer.invalid', 'tokenizer_config.json names no known eos_token.');
    this.eosId = eos;
    this.padId = frame('pad_token') ?? eos;
    this.bosId = frame('bos_token');
  }

  /** Tokens of a plain text. Never yields a special id, whatever the text holds. */
  encode(text: string): number[] {
    return text === '' ? [] : this.#encode(text);
  }

  /** Number of tokens of a plain text; bound, so that it can be handed to the task room. */
  readonly countTokens = (text: string): number => this.encode(text).length;

  /** Tokens of a plain text and the characters each covers, exact for characters of several bytes. */
  encodeWithSpans(text: string): EncodedText {
    const ids = this.encode(text);
    return { ids, spans: this.#spansOf(ids, text) };
  }

  #spansOf(ids: readonly number[], text: string): Range[] {
    // Character index at each byte boundary: `startAt[b]` of the character that holds byte b, `endAt[b]` of the end of
    // the character that holds byte b − 1.
    const bytes = this.#encoder.encode(text).length;
    const startAt = new Uint32Array(bytes + 1);
    const endAt = new Uint32Array(bytes + 1);
    let byte = 0;
    let index = 0;
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      for (let i = 0; i < length; i++) {
        startAt[byte + i] = index;
        endAt[byte + i + 1] = index + character.length;
      }
      byte += length;
      index += character.length;
    }
    startAt[bytes] = text.length;
    let at = 0;
    return ids.map((id) => {
      // A normaliser can change the number of bytes; spans are then only near, but stay inside the text.
      const start = Math.min(at, bytes);
      at += this.#pieces[id]?.length ?? 0;
      return { start: startAt[start], end: endAt[Math.min(at, bytes)] };
    });
  }

  /** Text of a sequence. Special tokens such as `</think>` appear as text; padding, begin and end tokens vanish. */
  decode(ids: ArrayLike<number>): string {
    return this.decodeWithSpans(ids).text;
  }

  /**
   * Text of a sequence with the characters each token adds. A token that ends inside a character adds none yet; the one
   * that completes it adds it. Dropped tokens have an empty span.
   */
  decodeWithSpans(ids: ArrayLike<number>): { text: string; spans: Range[] } {
    let text = '';
    let decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const spans: Range[] = [];
    for (const id of Array.from(ids)) {
      const start = text.length;
      const piece = this.#pieces[id];
      if (piece instanceof Uint8Array) {
        text += decoder.decode(piece, { stream: true });
      } else {
        text += decoder.decode();
        decoder = new TextDecoder('utf-8', { ignoreBOM: true });
        if (piece !== undefined && !this.#dropped.has(id)) text += piece;
      }
      spans.push({ start, end: text.length });
    }
    text += decoder.decode();
    const last = spans.at(-1);
    if (last) last.end = text.length;
    return { text, spans };
  }

  /** A token by itself, special ones under their own names. */
  pieceText(id: number): PieceText {
    const piece = this.#pieces[id];
    if (piece === undefined) return { text: '', kind: 'unused' };
    if (typeof piece === 'string') return { text: piece, kind: 'special' };
    try {
      return { text: new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(piece), kind: 'text' };
    } catch {
      const text = Array.from(piece, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
      return { text, kind: 'bytes' };
    }
  }

  /** Id of an added token, or its ordinary spelling in a vocabulary that lacks it. */
  #special(content: string): number[] {
    const id = this.#added.get(content);
    return id === undefined ? this.encode(content) : [id];
  }

  /** The prompt for a window and a one-line question, ending where the answer begins. */
  buildPrompt(window: string, question: string): EncodedPrompt {
    const opening = this.buildPrefix(window);
    const ids = [...opening.ids, ...this.buildQuestion(question)];
    return { ...opening, ids: Uint32Array.from(ids) };
  }

  /** The part of a prompt that all questions about one window share. */
  buildPrefix(window: string): EncodedPrompt {
    const head = [...(this.bosId === null ? [] : [this.bosId]), ...this.#special(TEXT_OPEN)];
    const { ids, spans } = this.encodeWithSpans(window);
    const all = [...head, ...ids, ...this.#special(TEXT_CLOSE)];
    const range = { start: head.length, end: head.length + ids.length };
    return { ids: Uint32Array.from(all), window: range, windowSpans: spans };
  }

  /** The rest of a prompt after `buildPrefix`. */
  buildQuestion(question: string): number[] {
    return [...this.encode(`\n${question}\n`), ...this.#special(THINK_OPEN)];
  }

  /** Tokens of a full answer, end token included. */
  buildAnswer(reasoning: string, answer: string): Uint32Array {
    return Uint32Array.from([
      ...this.encode(reasoning),
      ...this.#special(THINK_CLOSE),
      ...this.encode(` Therefore, the answer is ${answer}.`),
      this.eosId,
    ]);
  }

  /** Token range of a prompt that covers the characters [start, end) of its window; null where none does. */
  tokenRange(prompt: EncodedPrompt, characters: Range): Range | null {
    const touches = (span: Range) => span.start < characters.end && span.end > characters.start;
    const first = prompt.windowSpans.findIndex(touches);
    if (first === -1) return null;
    const last = prompt.windowSpans.findLastIndex(touches);
    return { start: prompt.window.start + first, end: prompt.window.start + last + 1 };
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function checkedJson(value: unknown): TokenizerJson {
  const model = isRecord(value) ? value.model : undefined;
  if (!isRecord(value) || !isRecord(model) || !isRecord(model.vocab)) {
    throw new TokenizerError('tokenizer.invalid', 'tokenizer.json holds no model with a vocabulary.');
  }
  if (model.type !== undefined && model.type !== 'BPE') {
    throw new TokenizerError(
      'tokenizer.not_byte_level',
      `This tokenizer is a ${String(model.type)} model, not byte-level BPE.`,
    );
  }
  // Every field read from here on was checked above or is passed to the library, which checks it itself.
  return value as TokenizerJson;
}

function checkedConfig(value: unknown): Partial<Record<FrameToken, string>> {
  if (!isRecord(value))
    throw new TokenizerError('tokenizer.invalid', 'tokenizer_config.json is not an object.');
  const config: Partial<Record<FrameToken, string>> = {};
  for (const name of FRAME_TOKENS) {
    const token = value[name];
    const content = isRecord(token) ? token.content : token;
    if (typeof content === 'string') config[name] = content;
  }
  return config;
}

/** @file A chat model in ONNX Runtime: greedy replies, and how likely given replies are. */
import { Tokenizer } from '@huggingface/tokenizers';
import { CodedError } from '../../errors';
import type { ChatMessage } from '../../reward/chat-judge';
import type { FileStore } from '../store';
import { type FileProgress, readChatFiles } from './chat-files';
import { compileTemplate, type RenderChat } from './chat-template';
import { type DecoderState, OnnxDecoder } from './decoder';
import type { SessionRequest } from './runtime';

/** A chat model as a judge needs it. */
export interface Chat {
  /** The reply at temperature 0, without its end token. */
  complete(messages: readonly ChatMessage[]): Promise<string>;
  /** log p of each text as the beginning of the reply, nats. */
  logProbabilities(messages: readonly ChatMessage[], replies: readonly string[]): Promise<number[]>;
  /** The text with the model's special tokens spelled apart, so that none of them takes effect. */
  plain(text: string): string;
  close(): void;
}

export interface ChatModelOptions {
  provider: SessionRequest['provider'];
  /** Name in `onnx/`; the best for the provider where omitted. */
  file?: string;
  maxNewTokens?: number;
  onProgress?: FileProgress;
}

/** Prompt tokens a call: the logits of all of them come back, 0.6 MB a token at 150,000 words. */
const chunkTokens = 64;

export class ChatModel implements Chat {
  private readonly decoder: OnnxDecoder;
  private readonly tokenizer: Tokenizer;
  private readonly render: RenderChat;
  private readonly eosIds: ReadonlySet<number>;
  private readonly specials: readonly string[];
  private readonly maxTokens: number;
  private readonly maxNewTokens: number;
  /** Sessions take one call at a time. */
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  /**
   * Loads the model in `store`.
   * @throws CodedError `chat.files`, `chat.template`, `onnx.*`, `store.*`.
   */
  static async open(store: FileStore, options: ChatModelOptions): Promise<ChatModel> {
    const { provider, maxNewTokens = 512 } = options;
    const files = await readChatFiles(store, provider, options);
    const render = await compileTemplate(files.template, templateTokens(files.tokenizerConfig));
    const tokenizer = new Tokenizer(files.tokenizer, files.tokenizerConfig);
    const eosText = templateTokens(files.tokenizerConfig).eos_token;
    const eos = eosText === undefined ? undefined : tokenizer.token_to_id(eosText);
    const eosIds = new Set(eos === undefined ? files.eosIds : [...files.eosIds, eos]);
    const decoder = await OnnxDecoder.open({
      model: files.model,
      externalData: files.externalData,
      provider,
    });
    return new ChatModel(decoder, tokenizer, render, eosIds, files.maxTokens ?? 4096, maxNewTokens);
  }

  private constructor(
    decoder: OnnxDecoder,
    tokenizer: Tokenizer,
    render: RenderChat,
    eosIds: ReadonlySet<number>,
    maxTokens: number,
    maxNewTokens: number,
  ) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.render = render;
    this.eosIds = eosIds;
    this.maxTokens = maxTokens;
    this.maxNewTokens = maxNewTokens;
    this.specials = [...tokenizer.get_added_tokens_decoder().values()]
      .filter(({ special, content }) => special && content.length > 1)
      .map(({ content }) => content);
  }

  complete(messages: readonly ChatMessage[]): Promise<string> {
    return this.inTurn(async () => {
      const prompt = this.promptTokens(messages);
      let { state, last } = await this.read(this.decoder.start(), prompt);
      const reply: number[] = [];
      const room = Math.min(this.maxNewTokens, this.maxTokens - prompt.length);
      while (reply.length < room) {
        const token = largest(last);
        if (this.eosIds.has(token)) break;
        reply.push(token);
        if (reply.length === room) break;
        ({ state, last } = await this.read(state, [token]));
      }
      this.decoder.release(state);
      return this.tokenizer.decode(reply, { skip_special_tokens: true });
    });
  }

  logProbabilities(messages: readonly ChatMessage[], replies: readonly string[]): Promise<number[]> {
    return this.inTurn(async () => {
      const prompt = this.promptTokens(messages);
      const { state, last } = await this.read(this.decoder.start(), prompt);
      const results: number[] = [];
      for (const reply of replies) {
        const tokens = this.encode(reply);
        let sum = logProbability(last, tokens[0]);
        if (tokens.length > 1) {
          // The last token is only predicted, not read.
          const step = await this.decoder.extend(state, [tokens.slice(0, -1)]);
          for (let i = 1; i < tokens.length; i++) {
            const row = step.logits.subarray((i - 1) * step.vocabulary, i * step.vocabulary);
            sum += logProbability(row, tokens[i]);
          }
          this.decoder.release(step.state);
        }
        results.push(sum);
      }
      this.decoder.release(state);
      return results;
    });
  }

  plain(text: string): string {
    // A blank after the first character; no token with a blank there is special.
    return this.specials.reduce(
      (safe, special) => safe.replaceAll(special, `${special.slice(0, 1)} ${special.slice(1)}`),
      text,
    );
  }

  /** Ends a reply in the making and frees the model as soon as nothing runs. */
  close(): void {
    this.closed = true;
    this.turn = this.turn.catch(() => {}).then(() => this.decoder.close());
    this.turn.catch(() => {});
  }

  private promptTokens(messages: readonly ChatMessage[]): number[] {
    const tokens = this.encode(this.render(messages));
    if (tokens.length < this.maxTokens) return tokens;
    throw new CodedError(
      'chat.too_long',
      `The prompt has ${tokens.length} tokens; the model reads ${this.maxTokens}.`,
      'Choose a model with a longer context.',
    );
  }

  private encode(text: string): number[] {
    return this.tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /** Reads tokens in pieces and gives the logits after the last; the state before is released. */
  private async read(
    before: DecoderState,
    tokens: readonly number[],
  ): Promise<{ state: DecoderState; last: Float32Array }> {
    let state = before;
    let last = new Float32Array();
    for (let at = 0; at < tokens.length; at += chunkTokens) {
      if (this.closed) throw stopped();
      const step = await this.decoder.extend(state, [tokens.slice(at, at + chunkTokens)]);
      this.decoder.release(state);
      state = step.state;
      last = step.logits.slice(-step.vocabulary);
    }
    return { state, last };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(() => {
      if (this.closed) throw stopped();
      return work();
    });
    this.turn = result.catch(() => {});
    return result;
  }
}

function stopped(): Error {
  return new Error('the chat model was closed');
}

/** `bos_token` and its like as texts. */
function templateTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [name, value] of Object.entries(config)) {
    if (!name.endsWith('_token')) continue;
    const content = typeof value === 'object' && value !== null && 'content' in value ? value.content : value;
    if (typeof content === 'string') tokens[name] = content;
  }
  return tokens;
}

/** The first of the largest. @throws Error where no value is a number. */
function largest(logits: Float32Array): number {
  let best = -1;
  for (let i = 0; i < logits.length; i++)
    if (best < 0 ? logits[i] > Number.NEGATIVE_INFINITY : logits[i] > logits[best]) best = i;
  if (best < 0) throw new Error('the model computed no numbers');
  return best;
}

function logProbability(logits: Float32Array, token: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const value of logits) max = Math.max(max, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - max);
  return logits[token] - max - Math.log(sum);
}

/**
 * @file A causal decoder in ONNX with its state: keys, values and convolution states of the tokens seen so far.
 *
 * Reads any model with the inputs `input_ids`, `attention_mask`, `position_ids` (optional) and `past…`, whatever its
 * size: shapes and types stand in the model.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { CodedError } from '../../errors';
import { fromHalfBits } from '../../policy/half';
import { type Ort, openOnnx, releaseTensor, type SessionRequest } from './runtime';

/** What the decoder knows after some tokens; any number of continuations may start from it. */
export interface DecoderState {
  /** Sequences side by side. */
  rows: number;
  /** Tokens seen by each. */
  length: number;
  past: ReadonlyMap<string, Tensor>;
}

export interface DecoderStep {
  /** [rows, new tokens, vocabulary]. */
  logits: Float32Array;
  vocabulary: number;
  state: DecoderState;
}

const tokenInputs = ['input_ids', 'attention_mask', 'position_ids'];

type TensorInfo = InferenceSession.TensorValueMetadata;

export class OnnxDecoder {
  private readonly ort: Ort;
  private readonly session: InferenceSession;
  private readonly pastInputs: TensorInfo[];

  private constructor(ort: Ort, session: InferenceSession) {
    this.ort = ort;
    this.session = session;
    this.pastInputs = session.inputMetadata.filter(isPast);
  }

  /** @throws CodedError `onnx.runtime`, `onnx.model`, `onnx.inputs` where the model is no such decoder. */
  static async open(request: SessionRequest): Promise<OnnxDecoder> {
    const { ort, session } = await openOnnx(request);
    const unknown = session.inputMetadata.find(
      (input) => !tokenInputs.includes(input.name) && !isPast(input),
    );
    const missing = [
      ...tokenInputs.slice(0, 2).filter((name) => !session.inputNames.includes(name)),
      ...['logits', ...session.inputMetadata.filter(isPast).map(({ name }) => presentName(name))].filter(
        (name) => !session.outputNames.includes(name),
      ),
    ];
    if (unknown === undefined && missing.length === 0) return new OnnxDecoder(ort, session);
    await session.release();
    throw new CodedError(
      'onnx.inputs',
      unknown
        ? `The model asks for an input "${unknown.name}" that a decoder does not have.`
        : `The model has no "${missing[0]}".`,
      'Choose a text-generation model exported with its cache (text-generation-with-past).',
    );
  }

  /** Nothing seen yet. @param rows sequences side by side. */
  start(rows = 1): DecoderState {
    const past = new Map<string, Tensor>();
    for (const { name, type, shape } of this.pastInputs) {
      const sizes = shape.map((size, axis) => (axis === 0 ? rows : typeof size === 'number' ? size : 0));
      const count = sizes.reduce((product, size) => product * size, 1);
      const data = type === 'float16' ? new Uint16Array(count) : new Float32Array(count);
      past.set(name, new this.ort.Tensor(type, data, sizes));
    }
    return { rows, length: 0, past };
  }

  /**
   * Reads more tokens, equally many in every row. The given state stays valid until it is released.
   * @throws CodedError `onnx.run` where the runtime fails.
   */
  async extend(state: DecoderState, tokens: readonly ArrayLike<number>[]): Promise<DecoderStep> {
    const fresh = tokens[0]?.length ?? 0;
    if (tokens.length !== state.rows || fresh === 0 || tokens.some((row) => row.length !== fresh))
      throw new RangeError(`${state.rows} rows of equally many tokens are needed`);
    const { rows } = state;
    const length = state.length + fresh;
    const whole = (width: number, value: (row: number, at: number) => number) =>
      new this.ort.Tensor(
        'int64',
        BigInt64Array.from({ length: rows * width }, (_, i) =>
          BigInt(value(Math.floor(i / width), i % width)),
        ),
        [rows, width],
      );
    const feeds: Record<string, Tensor> = Object.fromEntries(state.past);
    feeds.input_ids = whole(fresh, (row, at) => tokens[row][at]);
    feeds.attention_mask = whole(length, () => 1);
    if (this.session.inputNames.includes('position_ids'))
      feeds.position_ids = whole(fresh, (_, at) => state.length + at);
    const results = await this.run(feeds);
    const past = new Map(this.pastInputs.map(({ name }) => [name, results[presentName(name)]]));
    const logits = await floats(results.logits);
    releaseTensor(results.logits);
    return { logits, vocabulary: results.logits.dims[2], state: { rows, length, past } };
  }

  /** Frees a state that is not continued any more. */
  release(state: DecoderState): void {
    for (const tensor of state.past.values()) releaseTensor(tensor);
  }

  /** Frees the model; no other call may follow. */
  async close(): Promise<void> {
    await this.session.release();
  }

  private async run(feeds: Record<string, Tensor>): Promise<Readonly<Record<string, Tensor>>> {
    try {
      return await this.session.run(feeds);
    } catch (cause) {
      throw new CodedError(
        'onnx.run',
        `ONNX Runtime stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
        'Choose a smaller model or a shorter text.',
        { cause },
      );
    }
  }
}

function isPast(input: InferenceSession.ValueMetadata): input is TensorInfo {
  return input.isTensor && input.name.startsWith('past_');
}

/** `past_key_values.0.key` → `present.0.key`, `past_conv.0` → `present_conv.0`. */
function presentName(past: string): string {
  return past.replace(/^past_key_values/, 'present').replace(/^past_/, 'present_');
}

/** Values of a tensor wherever it lies. Halves come as bits where the platform has no Float16Array. */
async function floats(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.getData();
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return Float32Array.from(data, fromHalfBits);
  return Float32Array.from(data as ArrayLike<number>);
}

/**
 * @file Building an ONNX model: nodes, initialisers, inputs and outputs, written as a ModelProto
 * (onnx.proto, IR version 8, operators of opset 17).
 */
import { CodedError } from '../../errors';
import { writeHalves } from '../../policy/half';
import { Message } from './protobuf';

const irVersion = 8;
const opset = 17;
/** A protobuf message ends at 2 GiB. */
const maxModelBytes = 2 ** 31 - 1;

/** TensorProto.DataType. */
const dataTypes = { float32: 1, int64: 7, bool: 9, float16: 10 } as const;
type ElementType = keyof typeof dataTypes;

/** AttributeProto.AttributeType. */
const floatAttribute = 1;
const intAttribute = 2;
const intsAttribute = 7;

/** An attribute: whole numbers are INT; a FLOAT is marked, since JavaScript cannot tell 1 from 1.0. */
type Attribute = number | readonly number[] | { float: number };

/** A fixed size, or the name of one that a caller chooses. */
type Dimension = number | string;

/** A graph under construction. Values are known by their names. */
export class Graph {
  private readonly name: string;
  private readonly nodes: Message[] = [];
  private readonly initializers = new Map<string, Message>();
  private readonly inputs: Message[] = [];
  private readonly outputs: Message[] = [];
  /** Weights stored as halves, by the name of what they are computed with. */
  private readonly widened = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Names a value as an output of the model. */
  output(name: string, value: string, type: ElementType, shape: readonly Dimension[]): void {
    this.nodes.push(this.nodeMessage('Identity', [value], [name], {}));
    this.outputs.push(valueInfo(name, type, shape));
  }

  /** Float weights, row-major; kept, not copied. A name given twice is the same weights. */
  weights(name: string, shape: readonly number[], data: Float32Array): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.initializer(name, 'float32', shape, () => bytes);
  }

  /**
   * Weights stored as halves and computed with as floats: ONNX Runtime widens a constant once, when it loads the model.
   * @throws CodedError `checkpoint.range` where one is too large.
   */
  halfWeights(name: string, shape: readonly number[], data: Float32Array): string {
    const known = this.widened.get(name);
    if (known !== undefined) return known;
    const halves = () => {
      const bytes = new Uint8Array(data.length * 2);
      writeHalves(new DataView(bytes.buffer), 0, name, data);
      return bytes;
    };
    const wide = this.cast(this.initializer(name, 'float16', shape, halves), 'float32');
    this.widened.set(name, wide);
    return wide;
  }

  /** One float as a constant. */
  scalar(value: number): string {
    return this.initializer(
      `float ${value}`,
      'float32',
      [],
      () => new Uint8Array(Float32Array.of(value).buffer),
    );
  }

  /** A vector of whole numbers as a constant: shapes, axes, bounds. */
  integers(...values: readonly number[]): string {
    return this.initializer(
      `int64 [${values}]`,
      'int64',
      [values.length],
      () => new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    );
  }

  /** One whole number as a constant without dimensions. */
  integer(value: number): string {
    return this.initializer(
      `int64 ${value}`,
      'int64',
      [],
      () => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    );
  }

  cast(value: string, type: ElementType): string {
    return this.node('Cast', [value], { to: dataTypes[type] });
  }

  /** Adds an operation with one output and returns its name. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.split(op, inputs, attributes, 1)[0];
  }

  /** Adds an operation with `count` outputs and returns their names. */
  split(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): string[] {
    const outputs = Array.from(
      { length: count },
      (_, i) => `${op}.${this.nodes.length}${i > 0 ? `.${i}` : ''}`,
    );
    this.nodes.push(this.nodeMessage(op, inputs, outputs, attributes));
    return outputs;
  }

  /**
   * The finished model file.
   * @throws CodedError `onnx.too_large` above 2 GiB.
   */
  toModel(): Uint8Array {
    const graph = new Message();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, this.name);
    for (const initializer of this.initializers.values()) graph.message(5, initializer);
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const model = new Message()
      .int(1, irVersion)
      .text(2, 'longview')
      .message(7, graph)
      .message(8, new Message().text(1, '').int(2, opset));
    if (model.size > maxModelBytes) {
      throw new CodedError(
        'onnx.too_large',
        `The model takes ${model.size} bytes; one ONNX file holds at most ${maxModelBytes}.`,
        'Export it as safetensors instead.',
      );
    }
    return model.finish();
  }

  private initializer(
    name: string,
    type: ElementType,
    shape: readonly number[],
    bytes: () => Uint8Array,
  ): string {
    if (!this.initializers.has(name)) {
      const tensor = new Message();
      for (const size of shape) tensor.int(1, size);
      this.initializers.set(name, tensor.int(2, dataTypes[type]).text(8, name).bytes(9, bytes()));
    }
    return name;
  }

  private nodeMessage(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): Message {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, `${op}.${this.nodes.length}`).text(4, op);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeMessage(name, value));
    return node;
  }
}

function attributeMessage(name: string, value: Attribute): Message {
  const attribute = new Message().text(1, name);
  if (typeof value === 'number') return attribute.int(3, value).int(20, intAttribute);
  if ('float' in value) return attribute.float(2, value.float).int(20, floatAttribute);
  for (const each of value) attribute.int(8, each);
  return attribute.int(20, intsAttribute);
}

/** ValueInfoProto → TypeProto → Tensor → TensorShapeProto. */
function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): Message {
  const dimensions = new Message();
  for (const size of shape) {
    dimensions.message(
      1,
      typeof size === 'number' ? new Message().int(1, size) : new Message().text(2, size),
    );
  }
  const tensor = new Message().int(1, dataTypes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
